import { expect, test } from 'vitest'
import { difference, differenceOf, earlierOf, later, moved } from './compare.ts'

const range = { from: 7_200_000, to: 10_800_000 }
const run = { id: 'a-b', name: 'before the fix', from: 1_000_000, to: 1_600_000 }

test('the earlier span is a run by its id, the one before, or a time ago', () => {
  expect(earlierOf('a-b', range, [run])).toEqual({
    name: 'before the fix',
    span: { from: 1_000_000, to: 1_600_000 },
  })
  expect(earlierOf('previous', range, [])?.span).toEqual({ from: 3_600_000, to: 7_200_000 })
  expect(earlierOf('2h', range, [])).toEqual({ name: '2h earlier', span: { from: 0, to: 3_600_000 } })
  expect(earlierOf('a-b', range, [])).toBeUndefined()
  expect(earlierOf('0s', range, [])).toBeUndefined()
})

test('it begins where the present span begins, on the same steps, and ends with its run', () => {
  const { from, to, by } = moved({ name: run.name, span: run }, range, 15_000)
  expect(by % 15_000).toBe(0)
  expect(Math.abs(from - run.from)).toBeLessThanOrEqual(7500)
  expect(to).toBe(run.to)
  const frame = { refId: 'A', fields: [{ name: 'Time', type: 'time' as const, values: [from] }] }
  expect(later([frame], by)[0]!.fields[0]!.values).toEqual([range.from])
})

test('differences are shares of what was before', () => {
  expect(difference(30, 20)).toBe('+50 %')
  expect(difference(0.975, 1)).toBe('−2.5 %')
  expect(difference(5, 5)).toBe('±0 %')
  expect(difference(50, 1)).toBe('×50')
  expect(difference(1, 0)).toBe('from 0')
  expect(difference(1, null)).toBe('new')
  expect(difference(null, 1)).toBe('gone')
  expect(difference(null, null)).toBe('')
})

test('a shorter run is held against as long a part of the present', () => {
  expect(differenceOf([2, 4, 100, 100], [1, 2, null, null], 'mean')).toBe('+100 %')
  expect(differenceOf([null, null], [1, 2], 'mean')).toBe('gone')
  expect(differenceOf([1, 2], [], 'mean')).toBe('new')
})
