import { expect, test } from 'vitest'
import { buckets, quantileCourse } from './heat.ts'

const rows = buckets([
  { le: '0.1', times: [0, 1000, 2000], values: [50, 0, 0] },
  { le: '0.5', times: [0, 1000, 2000], values: [100, 0, 0] },
  { le: '+Inf', times: [0, 1000, 2000], values: [100, 8, 0] },
])

test('buckets hold what the smaller ones do not', () => {
  expect(rows.map(({ cells }) => [...cells.values()])).toEqual([
    [50, 0, 0],
    [50, 0, 0],
    [0, 8, 0],
  ])
})

test('a share of all lies below a place between the edges; where nothing came there is no place', () => {
  expect(quantileCourse(rows, 0.5)).toEqual([
    [0, 1],
    [1000, 2.5],
  ])
  expect(quantileCourse(rows, 0.75)[0]).toEqual([0, 1.5])
})
