/** Odd requests to every family of endpoints: a reason for each, and the lab goes on. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'
import { askOddly } from './random-requests.ts'

const [count, seed] = process.env.SIGHTLINE_LONG === '1' ? [5000, 1000] : [200, 1]

let lab: RunningLab
beforeAll(async () => {
  lab = await startLab(['--no-shop'])
})
afterAll(async () => {
  expect((await lab?.stop())?.code).toBe(0)
})

/** Megabytes that the lab holds. */
const held = () =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', `${lab.child.pid}`], { encoding: 'utf8' })) / 1000

test(`${count} odd requests are each answered, and cost no memory for good`, async () => {
  const before = held()
  expect(await askOddly(lab, count, seed)).toEqual([])
  expect(await getJson(`${lab.url}/lab/api/status`)).toHaveProperty('preset')
  expect(held() - before).toBeLessThan(400)
}, 300_000)
