import { expect, test } from 'vitest'
import { type Frame, titleOf } from './frames.ts'
import { prometheusFrames } from './prometheus.ts'
import { transformed } from './transform.ts'

const vector = (samples: [Record<string, string>, string][]) => ({
  resultType: 'vector',
  result: samples.map(([metric, value]) => ({ metric, value: [1000, value] })),
})

const table = (refId: string, samples: [Record<string, string>, string][]) =>
  prometheusFrames(vector(samples), { refId, format: 'table' }, false)

const shown = ({ fields }: Frame) => Object.fromEntries(fields.map(field => [titleOf(field), field.values]))

test('tables of several queries become one, a row for each set of labels', () => {
  const frames = [
    ...table('A', [
      [{ slo: 'x', service: 'shop' }, '0.99'],
      [{ slo: 'y', service: 'worker' }, '0.9'],
    ]),
    ...table('B', [[{ slo: 'y', service: 'worker' }, '7']]),
  ]
  const steps = [
    { id: 'filterFieldsByName', options: { include: { names: ['slo', 'service', 'Value #A', 'Value #B'] } } },
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        indexByName: { service: 0, slo: 1, 'Value #A': 2, 'Value #B': 3 },
        renameByName: { slo: 'Objective', 'Value #A': 'Promise' },
      },
    },
  ]
  const [merged, ...others] = transformed(frames, steps)
  expect(others).toEqual([])
  expect(merged!.fields.map(titleOf)).toEqual(['service', 'Objective', 'Promise', 'Value #B'])
  expect(shown(merged!)).toEqual({
    service: ['shop', 'worker'],
    Objective: ['x', 'y'],
    Promise: [0.99, 0.9],
    'Value #B': [null, 7],
  })
})

test('a transformation that is not known is refused by its name', () => {
  expect(() => transformed([], [{ id: 'groupBy' }])).toThrow(/transformation "groupBy".*merge/)
})

test('legends fill in labels, and without a format name the metric', () => {
  const data = {
    resultType: 'matrix',
    result: [{ metric: { __name__: 'up', job: 'shop' }, values: [[1, '1']] }],
  }
  const title = (legendFormat?: string) =>
    titleOf(
      prometheusFrames(data, { refId: 'A', ...(legendFormat && { legendFormat }) }, true)[0]!.fields[1]!,
    )
  expect(title('{{ job }} of {{missing}}')).toBe('shop of ')
  expect(title()).toBe('up{job="shop"}')
  expect(title('__auto')).toBe('shop')
})
