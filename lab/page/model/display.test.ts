import { expect, test } from 'vitest'
import { display, thresholdLines } from './display.ts'
import { configured } from './overrides.ts'

const thresholds = {
  mode: 'absolute' as const,
  steps: [
    { value: null, color: 'green' },
    { value: 0.8, color: 'orange' },
    { value: 1, color: 'red' },
  ],
}

test('a value has the color of the last threshold it reaches', () => {
  const color = (value: number) => display(value, { thresholds }).color
  expect([0.5, 0.8, 0.99, 1, 7].map(color)).toEqual(['#73bf69', '#ff9830', '#ff9830', '#f2495c', '#f2495c'])
})

test('thresholds in percent are shares of the way from min to max', () => {
  const steps = [
    { value: null, color: 'green' },
    { value: 50, color: 'red' },
  ]
  const config = { min: 100, max: 300, thresholds: { mode: 'percentage' as const, steps } }
  expect(display(199, config).color).toBe('#73bf69')
  expect(display(200, config).color).toBe('#f2495c')
  expect(thresholdLines(config)).toEqual([{ at: 200, color: '#f2495c' }])
})

test('lines are drawn at every step but the lowest', () => {
  expect(thresholdLines({ thresholds }).map(({ at }) => at)).toEqual([0.8, 1])
})

test('mappings give text and color: of a value, a range, a pattern, and of nothing', () => {
  const mappings = [
    { type: 'value' as const, options: { '1': { text: 'up', color: 'green' }, page: { color: 'red' } } },
    { type: 'range' as const, options: { from: 2, to: null, result: { text: 'many' } } },
    { type: 'regex' as const, options: { pattern: '/^v(\\d+)$/', result: { text: 'version $1' } } },
    { type: 'special' as const, options: { match: 'null', result: { text: 'gone' } } },
  ]
  expect(display(1, { mappings })).toMatchObject({ text: 'up', color: '#73bf69', isMapped: true })
  expect(display('page', { mappings })).toMatchObject({ text: 'page', color: '#f2495c' })
  expect(display(5, { mappings }).text).toBe('many')
  expect(display('v12', { mappings }).text).toBe('version 12')
  expect(display(null, { mappings }).text).toBe('gone')
})

test('no value is what the panel says of it, never a zero', () => {
  expect(display(null, { noValue: 'Nothing fires' }).text).toBe('Nothing fires')
  expect(display(null).text).toBe('-')
})

test('overrides match by expression and change single properties', () => {
  const frame = (name: string) => ({
    refId: 'A',
    fields: [{ name: 'Value', type: 'number' as const, values: [1], displayName: name }],
  })
  const fieldConfig = {
    defaults: { unit: 's', custom: { fillOpacity: 8, lineWidth: 2 } },
    overrides: [
      {
        matcher: { id: 'byRegexp', options: '/^(?:5..)$/' },
        properties: [
          { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
          { id: 'custom.fillOpacity', value: 0 },
        ],
      },
    ],
  }
  const [ok, failed] = configured([frame('200'), frame('503')], { fieldConfig }).map(
    each => each.fields[0]!.config!,
  )
  expect(ok).toEqual({ unit: 's', custom: { fillOpacity: 8, lineWidth: 2 } })
  expect(failed).toEqual({
    unit: 's',
    color: { mode: 'fixed', fixedColor: 'red' },
    custom: { fillOpacity: 0, lineWidth: 2 },
  })
})
