/** An empty lab in a process of its own: what a service sends is what it answers, and an alert reaches the receiver. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-'))
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
let isBroken = 0
let answers = true
const service = createServer((_, response) => {
  if (!answers) return response.destroy()
  response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0')
  const exemplar = ` # {trace_id="${traceId}"} 0.2 ${Date.now() / 1000}`
  response.end(`# TYPE broken gauge
broken ${isBroken}
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5",job="its-own"} 3${exemplar}
wait_seconds_bucket{le="+Inf",job="its-own"} 3
wait_seconds_sum{job="its-own"} 0.6
wait_seconds_count{job="its-own"} 3
# EOF
`)
})
let lab: RunningLab
let target: string

beforeAll(async () => {
  await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
  target = `127.0.0.1:${(service.address() as AddressInfo).port}`
  writeFileSync(
    join(folder, 'own.yaml'),
    `groups:
  - name: own
    interval: 1s
    rules:
      - record: broken:twice
        expr: broken * 2
      - alert: Broken
        expr: broken > 0
        labels: { severity: page, service: own }
        annotations: { summary: "{{ $value }} is broken" }
`,
  )
  lab = await startLab(['--no-shop', `--scrape=own=${target}`, `--rules=${folder}`])
})

afterAll(async () => {
  const { code } = (await lab?.stop()) ?? {}
  service.close()
  rmSync(folder, { recursive: true })
  expect(code).toBe(0)
})

const query = async (text: string) => {
  const { data } = await getJson(`${lab.url}/api/v1/query?query=${encodeURIComponent(text)}`)
  return data.result as { metric: Record<string, string>; value: [number, string] }[]
}

test('a scrape brings samples with the labels of the target, exemplars, and up', async () => {
  await expect.poll(async () => (await query(`up{instance="${target}"}`))[0]?.value[1]).toBe('1')
  const [bucket] = await query('wait_seconds_bucket{le="0.5"}')
  expect(bucket?.metric).toMatchObject({ job: 'own', instance: target, exported_job: 'its-own' })
  expect(await query('scrape_samples_scraped > 3')).not.toEqual([])
  const { data } = await getJson(`${lab.url}/api/v1/query_exemplars?query=wait_seconds_bucket`)
  expect(data[0].exemplars[0]).toMatchObject({ labels: { trace_id: traceId }, value: '0.2' })
  const { data: targets } = await getJson(`${lab.url}/api/v1/targets`)
  const own = targets.activeTargets.find(
    (each: { labels: Record<string, string> }) => each.labels.instance === target,
  )
  expect(own).toMatchObject({ health: 'up', scrapePool: 'own' })
})

interface Told {
  status: string
  alertname: string
  receiver: string
  annotations: Record<string, string>
}

test('an alert goes from the rule to the receiver, and its end too', async () => {
  isBroken = 2
  await expect
    .poll(async () => (await getJson(`${lab.url}/api/v2/alerts`)).length, { timeout: 20_000 })
    .toBe(1)
  const told = async () =>
    ((await getJson(`${lab.url}/notifications.json`)) as Told[]).map(each => [
      each.status,
      each.alertname,
      each.receiver,
      each.annotations.summary,
    ])
  await expect.poll(told, { timeout: 20_000 }).toEqual([['firing', 'Broken', 'page', '2 is broken']])
  expect(await query('ALERTS{alertstate="firing"}')).toHaveLength(1)
  expect((await query('broken:twice'))[0]?.value[1]).toBe('4')
  const { data } = await getJson(`${lab.url}/api/v1/rules?type=alert`)
  expect(data.groups[0].rules[0]).toMatchObject({ name: 'Broken', state: 'firing', health: 'ok' })
  isBroken = 0
  await expect.poll(told, { timeout: 40_000 }).toEqual([
    ['firing', 'Broken', 'page', '2 is broken'],
    ['resolved', 'Broken', 'page', '2 is broken'],
  ])
  expect(await getJson(`${lab.url}/api/v2/alerts`)).toEqual([])
})

test('a silence holds an alert back', async () => {
  const matchers = [{ name: 'alertname', value: 'Broken', isRegex: false, isEqual: true }]
  const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const body = { matchers, startsAt: hour(0), endsAt: hour(1), createdBy: 'test', comment: 'quiet' }
  const answer = await fetch(`${lab.url}/api/v2/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { silenceID } = (await answer.json()) as { silenceID: string }
  isBroken = 1
  await expect
    .poll(async () => (await getJson(`${lab.url}/api/v2/alerts`))[0]?.status, { timeout: 20_000 })
    .toMatchObject({ state: 'suppressed', silencedBy: [silenceID] })
  isBroken = 0
  await fetch(`${lab.url}/api/v2/silence/${silenceID}`, { method: 'DELETE' })
  expect((await getJson(`${lab.url}/api/v2/silences`))[0].status.state).toBe('expired')
})

test('a scrape that fails ends the series of its target', async () => {
  expect(await query('broken')).toHaveLength(1)
  answers = false
  await expect
    .poll(async () => (await query(`up{instance="${target}"}`))[0]?.value[1], { timeout: 20_000 })
    .toBe('0')
  expect(await query('broken')).toEqual([])
  answers = true
})

const now = () => `${Date.now()}000000`

function spans() {
  const attributes = [{ key: 'service.name', value: { stringValue: 'cart' } }]
  const span = {
    traceId,
    spanId: '00f067aa0ba902b7',
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: now(),
    endTimeUnixNano: `${BigInt(now()) + 30_000_000n}`,
    attributes: [{ key: 'http.route', value: { stringValue: '/cart' } }],
  }
  return {
    resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'test' }, spans: [span] }] }],
  }
}

const post = (path: string, body: string | Buffer, headers: Record<string, string>) =>
  fetch(`${lab.otlp}${path}`, { method: 'POST', body: body as string, headers })
const json = { 'content-type': 'application/json' }

test('spans in JSON are found by Tempo’s API, and give metrics under its names', async () => {
  expect((await post('/v1/traces', JSON.stringify(spans()), json)).status).toBe(200)
  const { traces } = await getJson(
    `${lab.url}/api/search?q=${encodeURIComponent('{ .http.route = "/cart" }')}`,
  )
  expect(traces).toMatchObject([{ traceID: traceId, rootServiceName: 'cart' }])
  const { trace } = await getJson(`${lab.url}/api/v2/traces/${traceId}`)
  expect(trace.resourceSpans[0].scopeSpans[0].spans[0].name).toBe('GET /cart')
  await expect
    .poll(() => query('traces_spanmetrics_calls_total{service="cart"}'), { timeout: 20_000 })
    .toMatchObject([
      { metric: { span_kind: 'SPAN_KIND_SERVER', span_name: 'GET /cart' }, value: [expect.anything(), '1'] },
    ])
})

test('log records in gzip are found by Loki’s API with their trace', async () => {
  const attributes = [{ key: 'service.name', value: { stringValue: 'cart' } }]
  const record = {
    timeUnixNano: now(),
    severityText: 'error',
    body: { stringValue: 'no such cart' },
    traceId,
  }
  const late = { ...record, timeUnixNano: `${Date.now() + 86_400_000}000000` }
  const resourceLogs = [{ resource: { attributes }, scopeLogs: [{ logRecords: [record, late] }] }]
  const answer = await post('/v1/logs', gzipSync(JSON.stringify({ resourceLogs })), {
    ...json,
    'content-encoding': 'gzip',
  })
  expect(await answer.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } })
  const text = encodeURIComponent('{service_name="cart"}')
  const { data } = await getJson(`${lab.url}/loki/api/v1/query_range?query=${text}`)
  expect(data.result).toMatchObject([
    {
      stream: { service_name: 'cart', trace_id: traceId, detected_level: 'error' },
      values: [[record.timeUnixNano, 'no such cart']],
    },
  ])
  expect((await getJson(`${lab.url}/loki/api/v1/labels`)).data).toContain('service_name')
})

test('metrics over OTLP are kept under their names in Prometheus, and what is not supported is named', async () => {
  const attributes = [{ key: 'service.name', value: { stringValue: 'cart' } }]
  const at = { timeUnixNano: now() }
  const metrics = [
    { name: 'queue.size', gauge: { dataPoints: [{ ...at, asInt: '7' }] } },
    {
      name: 'items',
      sum: { dataPoints: [{ ...at, asDouble: 2.5 }], aggregationTemporality: 2, isMonotonic: true },
    },
    {
      name: 'pay.duration',
      unit: 's',
      histogram: {
        dataPoints: [{ ...at, count: '3', sum: 1.5, bucketCounts: ['1', '2'], explicitBounds: [0.5] }],
        aggregationTemporality: 2,
      },
    },
    { name: 'old', summary: { dataPoints: [{ ...at }] } },
    { name: 'fresh', sum: { dataPoints: [{ ...at, asInt: '1' }], aggregationTemporality: 1 } },
  ]
  const body = { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] }
  const { partialSuccess } = (await (await post('/v1/metrics', JSON.stringify(body), json)).json()) as {
    partialSuccess: { rejectedDataPoints: string; errorMessage: string }
  }
  expect(partialSuccess.rejectedDataPoints).toBe('2')
  expect(partialSuccess.errorMessage).toContain('old: summary is not supported')
  expect(partialSuccess.errorMessage).toContain('fresh: only cumulative')
  const firstOf = async (text: string) => (await query(text))[0]?.value[1]
  expect(await firstOf('queue_size{job="cart"}')).toBe('7')
  expect(await firstOf('items_total')).toBe('2.5')
  expect(await firstOf('pay_duration_seconds_bucket{le="0.5"}')).toBe('1')
  expect(await firstOf('pay_duration_seconds_bucket{le="+Inf"}')).toBe('3')
  expect(await firstOf('histogram_quantile(0.5, pay_duration_seconds_bucket)')).toBe('0.5')
})

test.each([
  ['broken JSON', () => post('/v1/traces', '{"resourceSpans":[{', json), 400],
  ['what is no OTLP', () => post('/v1/logs', '{"resourceLogs":7}', json), 400],
  ['a list', () => post('/v1/traces', '[]', json), 400],
  [
    'broken protobuf',
    () => post('/v1/traces', Buffer.from([10, 255, 255, 3, 1]), { 'content-type': 'application/x-protobuf' }),
    400,
  ],
  [
    'endless nesting in protobuf',
    () => post('/v1/logs', nested(400), { 'content-type': 'application/x-protobuf' }),
    400,
  ],
  ['no gzip', () => post('/v1/traces', 'plain', { ...json, 'content-encoding': 'gzip' }), 400],
  [
    'a gzip bomb',
    () => post('/v1/traces', gzipSync(Buffer.alloc(200_000_000)), { ...json, 'content-encoding': 'gzip' }),
    413,
  ],
  ['a long body', () => post('/v1/logs', Buffer.alloc(5_000_000, 32), json), 413],
  ['another compression', () => post('/v1/traces', '{}', { ...json, 'content-encoding': 'br' }), 415],
  ['another type', () => post('/v1/traces', '{}', { 'content-type': 'text/plain' }), 415],
  ['metrics that are no OTLP', () => post('/v1/metrics', '{"resourceMetrics":[1]}', json), 400],
  ['GET', () => fetch(`${lab.otlp}/v1/traces`), 405],
])('refuses %s with a reason', async (_, ask, status) => {
  const answer = await ask()
  expect(answer.status).toBe(status)
  expect((await answer.text()).length).toBeGreaterThan(10)
})

test('a body that never comes does not keep others out', async () => {
  const { hostname, port } = new URL(lab.otlp)
  const sockets = Array.from({ length: 300 }, () => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{',
    )
    return socket
  })
  try {
    await expect
      .poll(
        async () => (await post('/v1/traces', JSON.stringify(spans()), json).catch(() => undefined))?.status,
        { timeout: 30_000 },
      )
      .toBe(200)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
})

test('the lab’s own API lists dashboards and says how it does', async () => {
  const list = await getJson(`${lab.url}/lab/api/dashboards`)
  expect(list.map(({ uid }: { uid: string }) => uid)).toContain('sightline-overview')
  expect(await getJson(`${lab.url}/lab/api/dashboards/sightline-overview`)).toHaveProperty('panels')
  const status = await getJson(`${lab.url}/lab/api/status`)
  expect(status).toMatchObject({ preset: 'practice', logs: { streams: 2 } })
  expect(status).not.toHaveProperty('disk')
  expect(status.limits).toContain('native')
  expect(status.metrics.described).toMatchObject({ refused: 0 })
  expect((await fetch(`${lab.url}/lab/api/faults`)).status).toBe(409)
  expect((await fetch(`${lab.url}/lab/api/dashboards/..%2f..%2fpackage`)).status).toBe(404)
})

/** Arrays in arrays: an AnyValue (field 5) whose value (field 1) is again one. */
function nested(levels: number): Buffer {
  let bytes = Buffer.from([10, 1, 120])
  const wrap = (field: number, inner: Buffer) => {
    const length: number[] = []
    for (let rest = inner.length; ; rest >>>= 7) {
      if (rest < 128) {
        length.push(rest)
        break
      }
      length.push((rest & 127) | 128)
    }
    return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), inner])
  }
  for (let i = 0; i < levels; i++) bytes = wrap(5, wrap(1, bytes))
  return wrap(1, wrap(2, wrap(2, wrap(5, bytes))))
}
