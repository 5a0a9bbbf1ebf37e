import { expect, test } from 'vitest'
import { coursePoints } from './course.ts'

const range = { from: 1000, to: 2000 }

test('points lie at their times, so a shorter run ends where it ended', () => {
  const whole = coursePoints({ times: [1000, 1500, 2000], values: [1, 2, 3] }, range)
  expect(whole).toEqual([
    [0, 1],
    [0.5, 2],
    [1, 3],
  ])
  const run = coursePoints({ times: [1000, 1250], values: [4, 5] }, range)
  expect(run).toEqual([
    [0, 4],
    [0.25, 5],
  ])
})

test('gaps and what lies outside are left out; without times all are equally far apart', () => {
  expect(coursePoints({ times: [500, 1000, 1500], values: [1, null, 2] }, range)).toEqual([[0.5, 2]])
  expect(coursePoints({ times: undefined, values: [1, 2, 3] }, range)).toEqual([
    [0, 1],
    [0.5, 2],
    [1, 3],
  ])
})
