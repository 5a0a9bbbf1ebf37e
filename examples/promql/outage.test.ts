import { expect, test } from 'vitest'
import { replay } from './outage.ts'

test('the example tells of the outage', () => {
  const lines = replay()
  expect(lines.slice(0, -1).map(line => line.split(':')[0])).toEqual([
    '20.25m inactive → pending',
    '21.25m pending → firing',
    '34.75m firing → inactive',
  ])
  expect(lines.at(-1)).toBe('worst error ratio 1')
})
