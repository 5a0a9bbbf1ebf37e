/**
 * Every fault of the catalogue on the real processes, under light load: its symptom moves by a stated margin when it
 * starts, and returns when it stops. A third of them in `ok`, all in `ok:long`.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultTarget, faults, findFault } from '../app/faults/catalogue.ts'
import { start, stop } from '../app/faults/client.ts'
import { everyTarget, type Fault, type FaultRole } from '../app/faults/fault.ts'
import { type LoadRun, startLoad } from '../app/load/generator.ts'
import { runtime } from '../otel/signals.ts'
import { eventually } from './support/eventually.ts'
import { faultGroups } from './support/fault-groups.ts'
import { type Lab, startLab } from './support/lab-processes.ts'

// The first group has seven faults of all three processes; the others wait for minutes.
const groups = process.env.SIGHTLINE_LONG === '1' ? faultGroups : faultGroups.slice(0, 1)

/** Fast enough to see each symptom, slow enough for the embedded database on a small machine. */
const visitorsPerSecond = 25
const mix = { browse: 9, search: 7, recommend: 1, checkout: 4 }
const windowSeconds = 3
const deadlineSeconds = 40

let lab: Lab
let load: LoadRun
let receiver: Server

beforeAll(async () => {
  receiver = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  lab = await startLab({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, LOG_STDOUT: 'off' } })
  for (const role of ['shop', 'payments', 'worker'] as const)
    process.env[`${role.toUpperCase()}_ADMIN_PORT`] = new URL(lab[role].adminUrl).port
  load = startLoad({
    url: lab.shop.url,
    traffic: { rate: visitorsPerSecond, spikes: [] },
    spacing: 'constant',
    duration: Number.POSITIVE_INFINITY,
    seed: 1,
    mix,
    maxInFlight: 500,
    timeout: 10,
  })
  // Delays of the event loop are those of the last ten seconds, and a start is full of them.
  await eventually(async () => {
    const settled = Object.values(await scrapeAll()).map(samples =>
      samples.find(({ name }) => name === runtime.eventLoopDelayP99.name),
    )
    for (const sample of settled) expect(sample?.value).toBeLessThan(0.03)
  }, 60_000)
})

afterAll(async () => {
  load?.stop()
  await load?.finished
  await lab?.stop()
  receiver.close()
  receiver.closeAllConnections()
})

test('every fault of the catalogue is tried', () => {
  const tried = [...faultGroups.flatMap(group => Object.keys(group)), 'crash']
  expect(tried.sort()).toEqual(faults.map(fault => fault.id).sort())
})

test.for(groups.map(group => ({ names: Object.keys(group).join(', '), group })))(
  'symptoms come and go: $names',
  { timeout: 3 * deadlineSeconds * 1000 },
  async ({ group }, { task }) => {
    const trials = Object.entries(group).map(([id, trial]) => {
      const fault = findFault(id)!
      return { fault, target: trial.target ?? defaultTarget(fault), ...trial }
    })
    const healthy = await readings(trials)
    for (const { fault, target, intensity } of trials)
      await start(fault, target, { duration: 120, ...(intensity === undefined ? {} : { intensity }) })
    const moved = await follow(trials, ({ fault, margin }, value, index) => {
      const shift = value - healthy[index]!
      return fault.symptom.direction === 'up' ? shift >= margin : -shift >= margin
    })
    for (const { fault } of trials) await stop(fault)
    const returned = await follow(
      trials,
      (_, value, index) =>
        Math.abs(value - healthy[index]!) < Math.abs(moved[index]!.value - healthy[index]!) / 2,
    )
    const report = trials.map(({ fault, margin }, index) => ({
      fault: fault.id,
      symptom: `${fault.symptom.reading} of ${fault.symptom.metric.name} ${fault.symptom.direction} by ${margin}`,
      healthy: healthy[index],
      broken: moved[index],
      returned: returned[index],
    }))
    expect(report.filter(({ broken, returned }) => !broken!.reached || !returned!.reached)).toEqual([])
    task.meta.figures = trials.map(({ fault, target }, index) => [
      fault.id,
      target,
      `${fault.symptom.reading} of ${fault.symptom.metric.name}`,
      ...[healthy[index]!, moved[index]!.value, returned[index]!.value].map(shown),
    ])
  },
)

test('a fault expires by itself', async () => {
  const active = () => seriesValue(lab.shop.adminUrl, 'lab_fault_active{fault="cache-off",target="products"}')
  expect(await active()).toBe(0)
  await start(findFault('cache-off')!, 'products', { duration: 2 })
  expect(await active()).toBe(1)
  await expect.poll(active, { timeout: 10_000 }).toBe(0)
  expect(await (await fetch(`${lab.shop.adminUrl}/faults`)).json()).toEqual({ role: 'shop', running: [] })
})

test.each([
  ['POST', '/faults/nothing', '{}', 404],
  ['POST', '/faults/error-ratio', '{"intensity": 7}', 400],
  ['POST', '/faults/error-ratio', '{"intensity": "all"}', 400],
  ['POST', '/faults/error-ratio', '{', 400],
  ['POST', '/faults/error-ratio', `{"target": "${'x'.repeat(100_000)}"}`, 413],
  ['DELETE', '/faults/../metrics', undefined, 404],
  ['DELETE', '/faults/%zz', undefined, 400],
])('bad admin input is refused with a reason: %s %s', async (method, path, body, status) => {
  const answer = await fetch(`${lab.shop.adminUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  })
  expect(answer.status).toBe(status)
  expect(await answer.json()).toEqual({ error: expect.any(String), message: expect.any(String) })
})

test('a crash repeats after each restart until the fault ends', async () => {
  const crash = findFault('crash')!
  const startTime = () => seriesValue(lab.worker.adminUrl, 'process_start_time_seconds')
  const active = () => seriesValue(lab.worker.adminUrl, 'lab_fault_active{fault="crash",target="worker"}')
  const first = await startTime()
  await start(crash, 'worker', { intensity: 5, duration: 60 })
  expect(await lab.worker.ended).toBe(1)
  await lab.restart('worker')
  expect(await startTime()).toBeGreaterThan(first)
  expect(await active()).toBe(1)
  expect(await lab.worker.ended).toBe(1)
  await lab.restart('worker')
  await stop(crash)
  expect(await active()).toBe(0)
}, 90_000)

/** Three digits, in which sizes of a heap can be compared as well as shares of requests. */
function shown(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

interface Measured {
  fault: Fault
  target: string
  margin: number
}

/** Reads until each symptom was seen where it should be, or the deadline has passed. */
async function follow(
  trials: Measured[],
  isThere: (trial: Measured, value: number, index: number) => boolean,
): Promise<{ value: number; reached: boolean }[]> {
  const found: { value: number; reached: boolean }[] = trials.map(() => ({
    value: Number.NaN,
    reached: false,
  }))
  const deadline = Date.now() + deadlineSeconds * 1000
  while (found.some(({ reached }) => !reached) && Date.now() < deadline) {
    const values = await readings(trials)
    for (const [index, value] of values.entries())
      if (!found[index]!.reached) found[index] = { value, reached: isThere(trials[index]!, value, index) }
  }
  return found
}

/** Each symptom over the next few seconds. */
async function readings(trials: Measured[]): Promise<number[]> {
  const before = await scrapeAll()
  await wait(windowSeconds * 1000)
  const after = await scrapeAll()
  return trials.map(({ fault, target }) => {
    const role = fault.symptom.seenIn ?? fault.targets[target]![0]!
    return reading(fault, target, before[role], after[role])
  })
}

function reading({ symptom }: Fault, target: string, before: Sample[], after: Sample[]): number {
  const { metric, where, among, targetLabel } = symptom
  const aimed = targetLabel === undefined || target === everyTarget ? {} : { [targetLabel]: target }
  const sum = (samples: Sample[], suffix: string, labels: object) =>
    samples
      .filter(sample => sample.name === metric.name + suffix)
      .filter(sample =>
        Object.entries({ ...aimed, ...labels }).every(([label, value]) => sample.labels[label] === value),
      )
      .reduce((total, sample) => total + sample.value, 0)
  const growth = (suffix: string, labels: object) => sum(after, suffix, labels) - sum(before, suffix, labels)
  const events = metric.kind === 'histogram' ? '_count' : ''
  switch (symptom.reading) {
    case 'value':
      return sum(after, '', where)
    case 'rate':
      return growth(events, where) / windowSeconds
    case 'busy':
      return growth('_sum', where) / windowSeconds
    case 'mean':
      return growth('_sum', where) / growth('_count', where)
    case 'share':
      return growth(events, where) / growth(events, among)
    case 'p99': {
      const rank = 0.99 * growth('_count', where)
      const bounds = metric.buckets!.filter(
        bound => growth('_bucket', { ...where, le: String(bound) }) >= rank,
      )
      return rank > 0 ? (bounds[0] ?? Number.POSITIVE_INFINITY) : Number.NaN
    }
  }
}

async function scrapeAll(): Promise<Record<FaultRole, Sample[]>> {
  const [shop, payments, worker] = await Promise.all(
    [lab.shop, lab.payments, lab.worker].map(({ adminUrl }) => scrape(adminUrl)),
  )
  return { shop: shop!, payments: payments!, worker: worker! }
}

async function scrape(adminUrl: string): Promise<Sample[]> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  return [...text.matchAll(/^([a-z_:\d]+)(?:\{(.*)\})? (\S+)$/gim)].map(([, name, labels = '', value]) => ({
    name: name!,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label!, text!]),
    ),
    value: Number(value),
  }))
}

async function seriesValue(adminUrl: string, series: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const line = text.split('\n').find(line => line.startsWith(`${series} `))
  if (line === undefined) throw new Error(`Cannot find ${series}: expected ${adminUrl}/metrics to list it`)
  return Number(line.slice(series.length + 1))
}
