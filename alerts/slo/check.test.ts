import { expect, test } from 'vitest'
import { type Preset, presets, production } from '../../contract/windows.ts'
import { httpServer, jobs } from '../../otel/signals.ts'
import { type Objective, objectives, selection } from '../objectives.ts'
import { checkObjectives, checkPresets, describe } from './check.ts'

const [availability, latency] = objectives as [Objective, Objective]
const problemsOf = (objective: Objective, given: readonly Preset[] = [production]) =>
  checkObjectives([objective], given).map(describe)

test('what stands in the tree has no problem', () => {
  expect([...checkPresets(presets), ...checkObjectives(objectives, presets)]).toEqual([])
})

test.each([100, 0, 101, Number.NaN])('an objective of %s per cent', objective => {
  expect(problemsOf({ ...availability, objective })).toContain(
    `alerts/objectives.ts: shop-availability.objective: expected more than 0 and less than 100 per cent, got ${objective}`,
  )
})

test('a threshold between two buckets', () => {
  const sli = { kind: 'latency', total: selection(httpServer.duration), threshold: 0.25 } as const
  expect(problemsOf({ ...latency, sli })[0]).toMatch(
    /^alerts\/objectives\.ts: shop-latency\.sli\.threshold: expected a bucket of http_server_request_duration_seconds: 0\.005, .*, got 0\.25$/,
  )
})

test('labels the signal does not have', () => {
  const where = { job: 'shop', route: '/orders' }
  const total = { metric: httpServer.duration, where }
  const sli = { kind: 'availability', total, failed: selection(jobs.deadLettered) } as const
  expect(problemsOf({ ...availability, sli, groupBy: ['path'] })).toEqual([
    expect.stringContaining('shop-availability.sli.total.where: expected a label of http_server_request'),
    expect.stringContaining('shop-availability.groupBy: expected a label of http_server_request'),
  ])
})

test('a gauge as a signal of events', () => {
  const total = selection(httpServer.active)
  const sli = { kind: 'availability', total, failed: total } as const
  expect(problemsOf({ ...availability, sli })).toContain(
    'alerts/objectives.ts: shop-availability.sli.total: expected a counter or a histogram, got the gauge http_server_active_requests',
  )
})

test('two objectives of one name', () => {
  expect(checkObjectives([availability, { ...latency, name: availability.name }], []).map(describe)).toEqual([
    'alerts/objectives.ts: shop-availability: expected every name once, got 2 of this name',
  ])
})

test('an objective so low that a tier can never fire', () => {
  expect(problemsOf({ ...availability, objective: 90 })).toContain(
    'alerts/objectives.ts: shop-availability.objective (tier fast of preset 30d): expected a threshold of 14.4 × 0.1 below 1, or the tier never fires, got 1.44',
  )
})

test('traffic so thin that one error wakes somebody', () => {
  const traffic = { minimum: 0.001, minimumErrors: 1 }
  expect(problemsOf({ ...availability, traffic })[0]).toBe(
    'alerts/objectives.ts: shop-availability.traffic (tier fast of preset 30d): expected at least 0.0193 events/s or 2 minimum errors, or one error fires the tier, got 0.001 events/s and 1',
  )
})

test('a guard that keeps a total outage silent', () => {
  const traffic = { minimum: 0.001, minimumErrors: 50 }
  expect(problemsOf({ ...availability, traffic })[0]).toContain('or a total outage stays silent, got 50')
})

test('all problems of a preset at once', () => {
  const [fast, medium] = production.tiers as [Preset['tiers'][0], Preset['tiers'][0]]
  const broken: Preset = {
    ...production,
    scrapeInterval: 120,
    slowInterval: 300,
    retention: 86_400,
    tiers: [
      { ...fast, short: 7_200 },
      { ...medium, long: production.period, budget: 1.5 },
    ],
  }
  const fields = checkPresets([broken]).map(problem => problem.field)
  expect(fields).toEqual([
    '30d.base',
    '30d.slowInterval',
    '30d.retention',
    '30d.tiers.fast.short',
    '30d.tiers.medium.long',
    '30d.tiers.medium.long',
    '30d.tiers.medium.budget',
  ])
})

test('a period shorter than its windows', () => {
  expect(checkPresets([{ ...production, period: 86_400 }]).map(describe)).toContain(
    'contract/windows.ts: 30d.tiers.trickle.long: expected less than the period of 86400 s, got 259200 s',
  )
})
