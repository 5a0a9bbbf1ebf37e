/** Remote write of both versions: a real Prometheus sends the first, the second is written out here. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/ports.ts'
import { findPrometheus, titled, use, whyMissing } from '../support/programs.ts'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

let lab: RunningLab
beforeAll(async () => {
  lab = await startLab(['--no-shop'])
})
afterAll(async () => {
  await lab?.stop()
})

const query = async (text: string, time?: number) => {
  const at = time === undefined ? '' : `&time=${time}`
  const { data } = await getJson(`${lab.url}/api/v1/query?query=${encodeURIComponent(text)}${at}`)
  return data.result as { metric: Record<string, string>; value: [number, string] }[]
}
const value = async (text: string) => (await query(text))[0]?.value[1]

const found = findPrometheus()
const missing = whyMissing(found)

describe.skipIf(missing !== undefined)(titled('a real Prometheus as sender', missing), () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-write-'))
  let isThere = true
  const service = createServer((_, response) => {
    response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8')
    const exemplar = ` # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.2 ${Date.now() / 1000}`
    response.end(
      `# HELP orders Orders taken
# TYPE orders counter
orders_total{shop="é \\"1\\""} 7${exemplar}
# TYPE temperature gauge
temperature{kind="none"} NaN
temperature{kind="low"} -Inf
${isThere ? 'temperature{kind="gone"} 3' : ''}
# EOF
`.replace('\n\n', '\n'),
    )
  })
  let prometheus: ChildProcess

  beforeAll(async () => {
    await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
    const target = `127.0.0.1:${(service.address() as AddressInfo).port}`
    const file = join(folder, 'prometheus.yml')
    const configuration = {
      global: { scrape_interval: '1s', external_labels: { region: 'north' } },
      scrape_configs: [{ job_name: 'orders', static_configs: [{ targets: [target] }] }],
      remote_write: [
        {
          url: `${lab.url}/api/v1/write`,
          send_exemplars: true,
          metadata_config: { send_interval: '1s' },
          queue_config: { batch_send_deadline: '1s' },
        },
      ],
    }
    writeFileSync(file, JSON.stringify(configuration))
    const flags = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`]
    const listen = `--web.listen-address=127.0.0.1:${await freePort()}`
    prometheus = spawn(use(found).program, [...flags, listen, '--enable-feature=exemplar-storage'], {
      stdio: 'ignore',
    })
  })
  afterAll(async () => {
    if (prometheus?.exitCode === null) {
      prometheus.kill('SIGTERM')
      await once(prometheus, 'exit')
    }
    service.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('samples, labels, exemplars and metadata arrive', async () => {
    await expect.poll(() => value('orders_total'), { timeout: 30_000 }).toBe('7')
    const [series] = await query('orders_total')
    expect(series?.metric).toMatchObject({ job: 'orders', shop: 'é "1"', region: 'north' })
    expect(await value('up{job="orders"}')).toBe('1')
    expect(await value('temperature{kind="none"}')).toBe('NaN')
    expect(await value('temperature{kind="low"}')).toBe('-Inf')
    await expect
      .poll(async () => (await getJson(`${lab.url}/api/v1/metadata?metric=orders`)).data.orders?.[0])
      .toEqual({ type: 'counter', help: 'Orders taken', unit: '' })
    const { data } = await getJson(`${lab.url}/api/v1/query_exemplars?query=orders_total`)
    expect(data[0].exemplars[0]).toMatchObject({
      labels: { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' },
      value: '0.2',
    })
  })

  test('a series that ends, ends here too', async () => {
    await expect.poll(() => value('temperature{kind="gone"}')).toBe('3')
    isThere = false
    // Far sooner than the five minutes that a lost series would be looked back for.
    await expect.poll(() => query('temperature{kind="gone"}')).toEqual([])
    expect(await value('temperature{kind="low"}')).toBe('-Inf')
  })
})

type Bytes = readonly number[]
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
const field = (number: number, bytes: Bytes): number[] => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
]
const text = (number: number, value: string) => field(number, [...Buffer.from(value)])
const whole = (number: number, value: number) => [...varint(number * 8), ...varint(value)]
const double = (number: number, value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [number * 8 + 1, ...bytes]
}
/** One literal of snappy. */
const packed = (bytes: Bytes) =>
  Uint8Array.from([
    ...varint(bytes.length),
    62 << 2,
    ...[0, 8, 16].map(shift => ((bytes.length - 1) >> shift) & 255),
    ...bytes,
  ])

const first = 'application/x-protobuf'
const second = 'application/x-protobuf;proto=io.prometheus.write.v2.Request'

const write = (bytes: Bytes | Uint8Array<ArrayBuffer>, type: string, headers: Record<string, string> = {}) =>
  fetch(`${lab.url}/api/v1/write`, {
    method: 'POST',
    headers: { 'content-type': type, 'content-encoding': 'snappy', ...headers },
    body: bytes instanceof Uint8Array ? bytes : packed(bytes),
  })

const firstSeries = (
  labels: Record<string, string>,
  samples: readonly (readonly [time: number, value: number])[],
) =>
  field(1, [
    ...Object.entries(labels).flatMap(([name, value]) => field(1, [...text(1, name), ...text(2, value)])),
    ...samples.flatMap(([time, value]) => field(2, [...double(1, value), ...whole(2, time)])),
  ])

test('the second version, with its symbols, metadata and exemplars, and what was written', async () => {
  const now = Date.now()
  const symbols = ['', '__name__', 'jobs_total', 'queue', 'mail', 'Jobs done', 'trace_id', 'abc', 'old']
  const sample = (time: number, value: number) => field(2, [...double(1, value), ...whole(2, time)])
  const series = field(5, [
    ...field(1, [1, 2, 3, 4]),
    ...sample(now - 1000, 5),
    ...sample(now, 6),
    ...field(4, [...field(1, [6, 7]), ...double(2, 0.5), ...whole(3, now)]),
    ...field(5, [...whole(1, 1), ...whole(3, 5)]),
  ])
  const answer = await write([...symbols.flatMap(symbol => text(4, symbol)), ...series], second)
  expect(answer.status).toBe(204)
  expect(answer.headers.get('x-prometheus-remote-write-samples-written')).toBe('2')
  expect(answer.headers.get('x-prometheus-remote-write-exemplars-written')).toBe('1')
  expect(answer.headers.get('x-prometheus-remote-write-histograms-written')).toBe('0')
  expect(await query('jobs_total')).toMatchObject([
    { metric: { queue: 'mail' }, value: [expect.anything(), '6'] },
  ])
  expect((await getJson(`${lab.url}/api/v1/metadata?metric=jobs_total`)).data.jobs_total[0]).toEqual({
    type: 'counter',
    help: 'Jobs done',
    unit: '',
  })
  const { data } = await getJson(`${lab.url}/api/v1/query_exemplars?query=jobs_total`)
  expect(data[0].exemplars[0]).toMatchObject({ labels: { trace_id: 'abc' }, value: '0.5' })
})

test('what cannot be kept is named, and the rest is kept', async () => {
  const now = Date.now()
  const answer = await write(
    [
      ...firstSeries({ __name__: 'kept' }, [[now, 1]]),
      ...firstSeries({ __name__: 'late' }, [
        [now, 1],
        [now - 5000, 2],
      ]),
      ...firstSeries({ job: 'nameless' }, [[now, 1]]),
      ...firstSeries({ __name__: 'soon' }, [[now + 3_600_000, 1]]),
      ...field(1, [...field(1, [...text(1, '__name__'), ...text(2, 'native')]), ...field(4, [])]),
    ],
    first,
  )
  expect(answer.status).toBe(400)
  const { error } = (await answer.json()) as { error: string }
  for (const part of [
    'Cannot keep 4 of the samples',
    'late: out of order',
    'a series without __name__',
    'soon: a time in the future',
    'native: native histograms are not supported',
  ])
    expect(error).toContain(part)
  expect(await value('kept')).toBe('1')
  expect(await value('late')).toBe('1')
  // Sent again, as after an answer that was lost.
  expect((await write(firstSeries({ __name__: 'kept' }, [[now, 1]]), first)).status).toBe(204)
})

/** Empty messages of metadata in snappy: two bytes, and copies of 64 of them each. */
function manyValues(): Uint8Array<ArrayBuffer> {
  const values = 2_100_000
  const copies = Math.ceil(values / 32)
  return Uint8Array.from([
    ...varint(2 + copies * 64),
    ...[1 << 2, 26, 0],
    ...Array.from({ length: copies }, () => [2 | (63 << 2), 2, 0]).flat(),
  ])
}

const someSeries = firstSeries({ __name__: 'x' }, [[1, 1]])

test.each<[what: string, ask: () => Promise<Response>, status: number, reason: string]>([
  ['no snappy', () => write(Uint8Array.from([9, 9, 9]), first), 400, 'bytes'],
  ['a bomb', () => write(Uint8Array.from([255, 255, 255, 255, 15, 0, 0]), first), 413, 'expected at most'],
  ['no protobuf', () => write([10, 255, 1], first), 400, 'Cannot read protobuf'],
  [
    'a symbol that is not there',
    () => write([...text(4, ''), ...field(5, field(1, [7, 8]))], second),
    400,
    'symbol',
  ],
  ['more values than bytes say', () => write(manyValues(), first), 400, 'at most 2000000 values'],
  ['gzip', () => write(someSeries, first, { 'content-encoding': 'gzip' }), 415, 'snappy'],
  [
    'another message',
    () => write(someSeries, 'application/x-protobuf;proto=x.Y'),
    415,
    'prometheus.WriteRequest',
  ],
  ['JSON', () => write(someSeries, 'application/json'), 415, 'application/x-protobuf'],
  ['GET', () => fetch(`${lab.url}/api/v1/write`), 405, 'expected POST'],
])('%s is refused with a reason', async (_, ask, status, reason) => {
  const answer = await ask()
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(reason)])
})
