/** A process that is asked to end loses no request: it says so first, finishes what it has, and ends with 0. */

import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OtlpReceiver, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startEmbeddedDatabase, startLab } from './support/lab-processes.ts'
import { anOrder, get, placeOrder } from './support/shop-client.ts'

const paths = [
  '/products/:id',
  '/products?page=:id',
  '/products/:id/recommendations',
  '/search?q=tent',
] as const

let receiver: OtlpReceiver
let database: Awaited<ReturnType<typeof startEmbeddedDatabase>>
let lab: Lab

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  database = await startEmbeddedDatabase()
  lab = await startLab({
    databaseUrl: database.url,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  })
})

afterAll(async () => {
  await lab?.stop()
  await database?.stop()
  await receiver?.stop()
})

test('under load every request that was sent is answered, and every line and span is delivered', async () => {
  const statuses: number[] = []
  const failures: unknown[] = []
  const orders: string[] = []
  let isReady = true
  let sent = 0

  /** As a balancer does: it looks at readiness, and stops sending when that is false. */
  const watch = async () => {
    while (isReady) {
      const answer = await fetch(`${lab.shop.adminUrl}/health/ready`).catch(() => undefined)
      isReady = answer?.ok ?? false
      await wait(50)
    }
  }
  const customer = async (number: number) => {
    while (isReady) {
      sent++
      try {
        if (number % 4 === 0) {
          const { status, body } = await placeOrder(lab.shop.url, anOrder(number + 1))
          statuses.push(status)
          if (status === 201) orders.push(body.id)
        } else {
          const path = paths[number % paths.length]!
          statuses.push((await get(`${lab.shop.url}${path.replace(':id', String(1 + (sent % 500)))}`)).status)
        }
      } catch (error) {
        failures.push(error)
      }
    }
  }

  const customers = Promise.all([watch(), ...Array.from({ length: 8 }, (_, number) => customer(number))])
  await wait(1500)
  const code = lab.shop.stop()
  await customers
  expect(await code).toBe(0)
  expect(failures).toEqual([])
  expect(statuses.length).toBe(sent)
  expect(statuses.length, 'more than one for each customer').toBeGreaterThan(8)
  expect(statuses.filter(status => status >= 400)).toEqual([])

  const linesOfRequests = receiver.logs.filter(
    line => line.resource['service.name'] === 'shop' && line.attributes.route !== undefined,
  )
  expect(linesOfRequests.length).toBe(sent)
  const roots = receiver.spans.filter(
    span => span.resource['service.name'] === 'shop' && span.kind === 'server',
  )
  expect(roots.length).toBe(sent)

  await lab.restart('shop')
  await eventually(async () => {
    const states = await Promise.all(orders.map(id => get(`${lab.shop.url}/orders/${id}`)))
    expect(states.filter(({ body }) => body.status !== 'fulfilled')).toEqual([])
  }, 30_000)
}, 90_000)

test('a slow request that is under way is finished', async () => {
  await fault('POST', 'latency-fixed', { target: '/products', intensity: 2, duration: 30 })
  const slow = get(`${lab.shop.url}/products`)
  await wait(300)
  const code = lab.shop.stop()
  expect((await slow).status).toBe(200)
  expect(await code).toBe(0)
  await lab.restart('shop')
}, 60_000)

test('while it drains, requests that still come have all they need', async () => {
  const code = lab.shop.stop()
  await eventually(async () => {
    const answer = await get(`${lab.shop.adminUrl}/health/ready`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      503,
      expect.stringContaining('json'),
    ])
  }, 900)
  const late = await Promise.all([
    get(`${lab.shop.url}/products/777/recommendations`),
    get(`${lab.shop.url}/search?q=kettle`),
    placeOrder(lab.shop.url),
  ])
  expect(late.map(({ status }) => status)).toEqual([200, 200, 201])
  expect(late.map(({ headers }) => headers.get('connection'))).toEqual(['close', 'close', 'close'])
  expect(await code).toBe(0)
  await lab.restart('shop')
}, 60_000)

test('the worker finishes the job it has and gives no other one up', async () => {
  await fetch(`${lab.worker.adminUrl}/faults/slow-consumer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ intensity: 1, duration: 30 }),
  })
  const placed = await Promise.all(
    Array.from({ length: 12 }, (_, index) => placeOrder(lab.shop.url, anOrder(index + 1))),
  )
  await wait(700)
  expect(await lab.worker.stop()).toBe(0)
  await lab.restart('worker')
  await eventually(async () => {
    const states = await Promise.all(placed.map(({ body }) => get(`${lab.shop.url}/orders/${body.id}`)))
    expect(states.map(({ body }) => body.status)).toEqual(placed.map(() => 'fulfilled'))
  }, 40_000)
}, 90_000)

test('liveness does not depend on the database, readiness does', async () => {
  await database.stop()
  await eventually(async () => {
    expect((await get(`${lab.shop.adminUrl}/health/ready`)).status).toBe(503)
    expect((await get(`${lab.worker.adminUrl}/health/ready`)).status).toBe(503)
  }, 20_000)
  expect((await get(`${lab.shop.adminUrl}/health/live`)).status).toBe(200)
  expect((await get(`${lab.payments.adminUrl}/health/ready`)).status).toBe(200)
  const refused = await get(`${lab.shop.url}/products?page=3`)
  expect(refused.status).toBe(503)
  expect(refused.body).toMatchObject({
    error: expect.any(String),
    message: expect.not.stringContaining('ECONN'),
  })
}, 60_000)

async function fault(method: 'POST', id: string, body: object): Promise<void> {
  const answer = await fetch(`${lab.shop.adminUrl}/faults/${id}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status, await answer.text()).toBe(200)
}
