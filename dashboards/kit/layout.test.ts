import { expect, test } from 'vitest'
import { flow, panelIdOf } from './layout.ts'
import type { Panel } from './model.ts'
import { stat } from './panels.ts'

const panel = (title: string, width: number, height: number): Panel =>
  stat({ title, description: '', unit: 'count', queries: [], width, height })

test('panels flow from left to right and wrap under the tallest of the line', () => {
  const { positions, bottom } = flow(
    [panel('a', 12, 4), panel('b', 8, 6), panel('c', 8, 3), panel('d', 24, 2)],
    10,
  )
  expect(positions).toEqual([
    { x: 0, y: 10, w: 12, h: 4 },
    { x: 12, y: 10, w: 8, h: 6 },
    { x: 0, y: 16, w: 8, h: 3 },
    { x: 0, y: 19, w: 24, h: 2 },
  ])
  expect(bottom).toBe(21)
})

test('a line of exactly 24 columns does not wrap', () => {
  expect(flow([panel('a', 8, 1), panel('b', 8, 1), panel('c', 8, 1)], 0).bottom).toBe(1)
})

test('an id comes from the title, unless the definition gives one', () => {
  expect(panelIdOf({ title: 'Rate by route' })).toBe(panelIdOf({ title: 'Rate by route' }))
  expect(panelIdOf({ title: 'Rate by route' })).not.toBe(panelIdOf({ title: 'Rate by status' }))
  expect(panelIdOf({ title: 'Rate by route', id: 7 })).toBe(7)
})
