/** The whole lab: the shop's signals in every API, and a fault that becomes a page and ends. */
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { portSettings } from '../../app/config.ts'
import { eventually } from '../support/eventually.ts'
import { freePorts } from '../support/ports.ts'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

let lab: RunningLab
let shopUrl: string
let isOver = false
let customers: Promise<void>

beforeAll(async () => {
  const settings = Object.entries(portSettings)
  const free = await freePorts(settings.length)
  const env = Object.fromEntries(settings.map(([, { variable }], index) => [variable, String(free[index])]))
  shopUrl = `http://127.0.0.1:${env[portSettings.shop.variable]}`
  lab = await startLab(['--no-load'], env)
  await eventually(async () => expect((await fetch(`${shopUrl}/products?size=1`)).status).toBe(200), 180_000)
  customers = buy()
}, 240_000)

afterAll(async () => {
  isOver = true
  await customers
  const { took, code } = await lab.stop()
  expect(code).toBe(0)
  expect(took).toBeLessThan(10_000)
})

async function buy(): Promise<void> {
  while (!isOver) {
    const answer = await fetch(`${shopUrl}/products?size=5`).catch(() => undefined)
    await answer?.body?.cancel()
    await wait(100)
  }
}

const query = async (text: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> =>
  (await getJson(`${lab.url}/api/v1/query?query=${encodeURIComponent(text)}`)).data.result

test('metrics, traces and logs of this run, and the way from an exemplar to its trace and its metrics', async () => {
  await expect
    .poll(async () => (await query('up == 1')).map(({ metric }) => metric.job).sort(), { timeout: 30_000 })
    .toEqual(['lab', 'payments', 'shop', 'worker'])
  const exemplars = async () =>
    (await getJson(`${lab.url}/api/v1/query_exemplars?query=http_server_request_duration_seconds_bucket`))
      .data
  await expect.poll(async () => (await exemplars()).length, { timeout: 30_000 }).toBeGreaterThan(0)
  const id = (await exemplars())[0].exemplars[0].labels.trace_id
  await expect
    .poll(async () => (await fetch(`${lab.url}/api/traces/${id}`)).status, { timeout: 30_000 })
    .toBe(200)
  const writers = async () =>
    ((await getJson(`${lab.url}/loki/api/v1/series`)).data as { service_name: string }[]).map(
      ({ service_name }) => service_name,
    )
  await expect.poll(writers, { timeout: 30_000 }).toEqual(expect.arrayContaining(['payments', 'shop']))
  await expect
    .poll(() => query('traces_service_graph_request_total{client="shop",connection_type="database"}'), {
      timeout: 30_000,
    })
    .not.toEqual([])
  await expect.poll(() => query('slo:requests:rate'), { timeout: 30_000 }).not.toEqual([])
  // However busy others keep the machine, a shop that gets a core when it wants one has headroom.
  await expect
    .poll(() => query('process_cpu_wait_seconds_total{job="shop"}'), { timeout: 30_000 })
    .toHaveLength(process.platform === 'linux' ? 1 : 0)
  await wait(60_000)
  expect(await query('last_over_time(ALERTS{alertname="CpuHeadroomLow",alertstate="firing"}[10m])')).toEqual(
    [],
  )
}, 240_000)

test('a fault becomes a page at the receiver, and ends', { timeout: 400_000 }, async () => {
  const started = await fetch(`${lab.url}/lab/api/faults/error-ratio`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ intensity: 0.9, duration: 60 }),
  })
  expect(started.status).toBe(200)
  const pages = async () =>
    ((await getJson(`${lab.url}/notifications.json`)) as { status: string; labels: Record<string, string> }[])
      .filter(({ labels }) => labels.slo === 'shop-availability' && labels.severity === 'page')
      .map(({ status }) => status)
  await expect.poll(pages, { timeout: 120_000 }).toContain('firing')
  expect(await query('ALERTS{alertstate="firing",slo="shop-availability"}')).not.toEqual([])
  await fetch(`${lab.url}/lab/api/faults`, { method: 'DELETE' })
  await expect.poll(pages, { timeout: 240_000 }).toContain('resolved')
})
