import { expect, test } from 'vitest'
import { builtIns, stepFor } from './intervals.ts'
import { layout } from './layout.ts'
import { safeHref } from './links.ts'
import { durationMs, durationText, resolveRange } from './time.ts'

const now = Date.UTC(2026, 0, 31, 12, 0, 0)

test('ranges of an address', () => {
  expect(resolveRange({ from: 'now-6h', to: 'now' }, now)).toEqual({ from: now - 6 * 3_600_000, to: now })
  expect(resolveRange({ from: '1769850000000', to: '1769853600000' }, now)).toEqual({
    from: 1769850000000,
    to: 1769853600000,
  })
  expect(resolveRange({ from: 'now', to: 'now-1h' }, now)).toEqual({
    from: now - 7_200_000,
    to: now - 3_600_000,
  })
})

test('durations', () => {
  expect(durationMs('1h30m')).toBe(5_400_000)
  expect(durationMs('soon')).toBeUndefined()
  expect([5000, 60_000, 5_400_000, 200].map(durationText)).toEqual(['5s', '1m', '90m', '200ms'])
})

test('steps are round, not below the scrape interval, and not too many', () => {
  const hour = { from: now - 3_600_000, to: now }
  expect(stepFor(hour, 600, 5000)).toBe(5000)
  expect(stepFor(hour, 200, 5000)).toBe(20_000)
  expect(stepFor({ from: now - 86_400_000 * 30, to: now }, 100_000, 1000)).toBeGreaterThanOrEqual(
    2_592_000 / 11,
  )
})

test('a rate looks over four scrapes at least, and over one more than the step', () => {
  const range = { from: now - 900_000, to: now }
  expect(builtIns(range, 5000, 5000).__rate_interval).toBe('20s')
  expect(builtIns(range, 60_000, 5000)).toMatchObject({
    __rate_interval: '65s',
    __interval_ms: '60000',
    __range: '900s',
  })
})

test('a closed row leaves out its panels and draws up what follows', () => {
  const panel = (id: number, type: string, y: number, h: number) => ({
    id,
    type,
    gridPos: { x: 0, y, w: 24, h },
  })
  const panels = [
    panel(1, 'row', 0, 1),
    panel(2, 'stat', 1, 5),
    panel(3, 'row', 6, 1),
    panel(4, 'stat', 7, 5),
  ]
  const places = (closed: number[]) =>
    layout(panels, ({ id }) => closed.includes(id)).map(({ panel, y }) => [panel.id, y])
  expect(places([])).toEqual([
    [1, 0],
    [2, 1],
    [3, 6],
    [4, 7],
  ])
  expect(places([1])).toEqual([
    [1, 0],
    [3, 1],
    [4, 2],
  ])
})

test('links lead to this page and to web pages, to nothing that runs', () => {
  expect(safeHref('http://localhost:9094/runbooks/TargetDown')).toBe('/runbooks/TargetDown')
  expect(safeHref('http://localhost:3000/d/x?var-a=b')).toBe('/d/x?var-a=b')
  expect(safeHref('https://example.org/a')).toBe('https://example.org/a')
  for (const url of [
    'javascript:alert(1)',
    'data:text/html,x',
    '//example.org',
    '/\\example.org',
    ' javascript:x',
  ])
    expect(safeHref(url)).toBeUndefined()
})
