/** Each process emits what the contract lists for it, nothing more and nothing less, from its start on. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allMetrics, business, lab as faults } from '../contract/shop-signals.ts'
import { checkExposition, parseExposition } from '../otel/exposition.ts'
import { cache, httpServer, jobs, resilience, threadPool } from '../otel/signals.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, roles, startLab } from './support/lab-processes.ts'
import { samplesOf, scrape } from './support/metrics-of.ts'
import { get, placeOrder } from './support/shop-client.ts'

let lab: Lab
/** As they were before the first request. */
const atStart: Record<string, string> = {}

beforeAll(async () => {
  lab = await startLab()
  for (const role of roles) atStart[role] = await scrape(lab[role])
  await Promise.all(
    [
      '/products',
      '/products/1',
      '/products/1/recommendations',
      '/search?q=tent',
      '/orders/export',
      '/nowhere',
    ].map(path => fetch(`${lab.shop.url}${path}`).then(answer => answer.text())),
  )
  const placed = await placeOrder(lab.shop.url)
  expect(placed.status, JSON.stringify(placed.body)).toBe(201)
  await eventually(async () =>
    expect((await get(`${lab.shop.url}/orders/${placed.body.id}`)).body.status).toBe('fulfilled'),
  )
}, 120_000)

afterAll(() => lab?.stop())

test.each(roles)('what %s emits is what the contract lists', async role => {
  expect(checkExposition(await scrape(lab[role]), role, allMetrics)).toEqual([])
})

test.each(roles)('every metric of %s exists before the first request', role => {
  const emitted = parseExposition(atStart[role]!)
  const expected = allMetrics.filter(({ emittedBy }) => emittedBy.includes(role)).map(({ name }) => name)
  expect(expected.filter(name => !emitted.has(name))).toEqual([])
})

describe('what objectives and alerts count exists with 0 from the start', () => {
  const countersOf = {
    shop: [
      [httpServer.rejections, { reason: httpServer.rejections.labels.reason }],
      [business.orders, { outcome: business.orders.labels.outcome }],
      [resilience.giveUps, { reason: resilience.giveUps.labels.reason }],
      [resilience.retries, {}],
      [resilience.breakerTransitions, { state: resilience.breakerTransitions.labels.state }],
      [cache.requests, { result: cache.requests.labels.result }],
      [cache.evictions, { reason: cache.evictions.labels.reason }],
      [threadPool.rejections, {}],
      [jobs.sent, { error_type: [''] }],
      [faults.faultActive, {}],
    ],
    payments: [[business.payments, { outcome: business.payments.labels.outcome }]],
    worker: [
      [jobs.deadLettered, {}],
      [jobs.retries, {}],
      [business.fulfilled, {}],
      [business.swept, { outcome: business.swept.labels.outcome }],
      [business.unsettled, {}],
      [jobs.sent, { error_type: [''] }],
    ],
  } as const
  const cases = roles.flatMap(role =>
    countersOf[role].map(
      ([metric, labels]) => [role, metric.name, labels as Record<string, readonly string[]>] as const,
    ),
  )

  test.each(cases)('%s: %s', (role, name, labels) => {
    const samples = parseExposition(atStart[role]!).get(name)?.samples ?? []
    expect(samples.length).toBeGreaterThan(0)
    for (const [label, values] of Object.entries(labels))
      expect(samples.map(sample => sample.labels[label])).toEqual(expect.arrayContaining([...values]))
  })

  test('every route of the shop has its count of good and of failed requests', () => {
    const samples = parseExposition(atStart.shop!).get(httpServer.duration.name)?.samples ?? []
    const series = new Set(
      samples
        .filter(({ name }) => name.endsWith('_count'))
        .map(
          ({ labels }) =>
            `${labels.http_request_method} ${labels.http_route} ${labels.http_response_status_code}`,
        ),
    )
    const routes = [
      'GET /products',
      'GET /products/:id',
      'GET /search',
      'GET /orders/:id',
      'GET /orders/export',
    ]
    for (const route of routes)
      for (const status of ['200', '500']) expect(series).toContain(`${route} ${status}`)
    for (const status of ['201', '500']) expect(series).toContain(`POST /orders ${status}`)
  })
})

test('paths nobody knows share one route, so that guessing makes no series', async () => {
  for (let guess = 0; guess < 20; guess++) await fetch(`${lab.shop.url}/guess-${guess}`)
  const samples = await samplesOf(lab.shop, httpServer.duration, { http_response_status_code: '404' })
  const routes = new Set(samples.map(({ labels }) => labels.http_route))
  expect([...routes].filter(route => route?.includes('guess'))).toEqual([])
  expect(routes).toContain('unmatched')
})
