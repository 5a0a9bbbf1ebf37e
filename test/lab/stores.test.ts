/** A lab that keeps what it takes in on disk: a restart goes on, a crash costs seconds, and two do not share a folder. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/ports.ts'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-stores-'))
const data = join(folder, 'data')
const traceId = '5bf92f3577b34da6a3ce929d0e0e4736'
const service = createServer((_, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4')
  response.end(`# HELP broken Whether it is\n# TYPE broken gauge\nbroken 1\nclock ${Date.now()}\n`)
})
let lab: RunningLab
let args: string[]

beforeAll(async () => {
  await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
  writeFileSync(
    join(folder, 'own.yaml'),
    'groups: [{ name: own, interval: 1s, rules: [{ alert: Broken, expr: broken > 0, labels: { severity: page } }] }]\n',
  )
  const target = `127.0.0.1:${(service.address() as AddressInfo).port}`
  args = ['--no-shop', `--scrape=${target}`, `--rules=${folder}`, `--data=${data}`]
  lab = await startLab(args)
})

afterAll(async () => {
  await lab?.stop()
  service.close()
  rmSync(folder, { recursive: true })
})

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] }
const post = (path: string, body: object) =>
  fetch(`${lab.otlp}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

async function sendLine(text: string): Promise<void> {
  const record = {
    timeUnixNano: `${Date.now()}000001`,
    severityText: text.includes('no') ? 'error' : 'info',
    body: { stringValue: text },
    traceId,
  }
  const answer = await post('/v1/logs', {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }],
  })
  expect(answer.status).toBe(200)
}

async function sendSpan(spanId: string, parentSpanId: string, duration: number): Promise<void> {
  const start = BigInt(Date.now()) * 1_000_000n
  const span = {
    ...{ traceId, spanId, parentSpanId, name: `step ${spanId}`, kind: 2 },
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(duration) * 1_000_000n),
    attributes: [
      { key: 'order', value: { intValue: '9223372036854775807' } },
      { key: 'share', value: { doubleValue: 'NaN' } },
    ],
    status: duration > 50 ? { code: 2, message: 'late' } : {},
  }
  expect(
    (await post('/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })).status,
  ).toBe(200)
}

async function lines(query: string): Promise<string[]> {
  const { data } = await getJson(`${lab.url}/loki/api/v1/query_range?query=${encodeURIComponent(query)}`)
  return data.result.flatMap((stream: { values: [string, string][] }) =>
    stream.values.map(([, line]) => line),
  )
}

async function traces(query: string): Promise<string[]> {
  const { traces } = await getJson(`${lab.url}/api/search?q=${encodeURIComponent(query)}`)
  return traces.map((trace: { traceID: string }) => trace.traceID)
}

async function value(query: string): Promise<number> {
  const { data } = await getJson(`${lab.url}/api/v1/query?query=${encodeURIComponent(query)}`)
  return Number(data.result[0]?.value[1])
}

test('lines and spans are found by their indices, and by what has none', async () => {
  await sendLine('a cart')
  await sendLine('no such cart')
  await sendSpan('00f067aa0ba902b1', '', 100)
  await sendSpan('00f067aa0ba902b2', '00f067aa0ba902b1', 10)
  expect(await lines('{service_name="cart"}')).toEqual(expect.arrayContaining(['a cart', 'no such cart']))
  expect(await lines('{service_name="cart"} | detected_level="error"')).toEqual(['no such cart'])
  expect(await lines(`{service_name=~".+"} |= "a" | trace_id="${traceId}"`)).toHaveLength(2)
  expect(await lines(`{service_name=~".+"} | trace_id="${'0'.repeat(32)}"`)).toEqual([])
  expect(await traces('{ duration > 90ms && status = error }')).toEqual([traceId])
  expect(await traces('{ duration > 110ms }')).toEqual([])
  expect(await traces('{ resource.service.name = "cart" && .order > 9000000000000000000 }')).toEqual([
    traceId,
  ])
  expect(await traces('{ resource.service.name = "till" }')).toEqual([])
  expect(await traces('{ } >> { name = "step 00f067aa0ba902b2" }')).toEqual([traceId])
})

test('a restart goes on with samples, lines, traces, alerts, silences and runs', async () => {
  await expect
    .poll(async () => (await getJson(`${lab.url}/notifications.json`)).length, { timeout: 20_000 })
    .toBe(1)
  const [alert] = await getJson(`${lab.url}/api/v2/alerts`)
  const span = { name: 'before', from: Date.now() - 60_000, to: Date.now() }
  const headers = { 'content-type': 'application/json' }
  const pinned = await fetch(`${lab.url}/lab/api/runs`, {
    method: 'POST',
    body: JSON.stringify(span),
    headers,
  })
  expect(pinned.status).toBe(201)
  const matchers = [{ name: 'alertname', value: 'Other', isRegex: false, isEqual: true }]
  const silence = { matchers, startsAt: new Date(), endsAt: new Date(Date.now() + 60_000) }
  await fetch(`${lab.url}/api/v2/silences`, { method: 'POST', body: JSON.stringify(silence), headers })
  const scrapes = await value('count_over_time(clock[10m])')
  await lab.stop()
  lab = await startLab(args)
  expect(await value('count_over_time(clock[10m])')).toBeGreaterThanOrEqual(scrapes)
  expect(await lines('{service_name="cart"}')).toHaveLength(2)
  expect(await traces('{ name = "step 00f067aa0ba902b1" }')).toEqual([traceId])
  expect((await getJson(`${lab.url}/api/v1/metadata?metric=broken`)).data.broken[0].help).toBe(
    'Whether it is',
  )
  await expect
    .poll(async () => (await getJson(`${lab.url}/api/v2/alerts`))[0]?.startsAt, { timeout: 10_000 })
    .toBe(alert.startsAt)
  expect((await getJson(`${lab.url}/api/v2/silences`))[0].matchers).toEqual(matchers)
  expect((await getJson(`${lab.url}/lab/api/runs`)).runs).toMatchObject([span])
  await wait(3000)
  // Whoever was told of the alert before is not told again.
  expect(await getJson(`${lab.url}/notifications.json`)).toEqual([])
})

test('a crash costs at most five seconds', async () => {
  const before = await value('timestamp(clock)')
  await expect.poll(() => value('timestamp(clock)'), { timeout: 20_000 }).toBeGreaterThan(before)
  const last = await value('timestamp(clock)')
  await sendLine('the last line')
  await wait(1500)
  await lab.kill()
  const killedAt = Date.now() / 1000
  lab = await startLab(args)
  expect(await value(`timestamp(clock @ ${killedAt.toFixed(3)})`)).toBeGreaterThanOrEqual(last)
  expect(await lines('{service_name="cart"}')).toContain('the last line')
  expect((await getJson(`${lab.url}/api/v2/alerts`)).length).toBe(1)
})

test('a second lab on the folder says who has it, and one on the port that it is taken', async () => {
  const start = async (...more: string[]) => {
    const env = { ...process.env, OTLP_HTTP_PORT: String(await freePort()) }
    return spawnSync(process.execPath, ['scripts/lab.ts', '--no-shop', ...more], { encoding: 'utf8', env })
  }
  const onFolder = await start(`--port=${await freePort()}`, `--data=${data}`)
  expect(onFolder.status).toBe(1)
  expect(onFolder.stderr).toMatch(
    /^Cannot keep data in .*: expected a folder that no other lab uses, got one that process \d+ uses since .* for the lab at http:\/\/localhost:\d+\n/,
  )
  const onPort = await start(`--port=${new URL(lab.url).port}`, '--memory')
  expect(onPort.status).toBe(1)
  expect(onPort.stderr).toContain(`Cannot listen on 127.0.0.1:${new URL(lab.url).port}: the port is taken`)
})
