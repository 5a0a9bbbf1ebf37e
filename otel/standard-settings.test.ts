/** What the specification's variables do to a service in a process of its own. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseExposition } from './exposition.ts'
import { type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.ts'
import { type KitService, runKitService } from './testing/run-kit-service.ts'

let receiver: OtlpReceiver
let service: KitService | undefined

beforeEach(async () => {
  receiver = await startOtlpReceiver()
})

afterEach(async () => {
  service?.child.kill('SIGKILL')
  await service?.ended
  service = undefined
  await receiver.stop()
})

async function start(env: Record<string, string>): Promise<KitService> {
  service = await runKitService({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env })
  return service
}

/** The short gate takes the first three of each table. */
const some = process.env.SIGHTLINE_LONG === '1' ? undefined : 3

const sampled = '3df7651916cd43dd8448eb211c80319c'
const unsampled = '4df7651916cd43dd8448eb211c80319c'

/** Traces of a caller who samples, of one who does not, and of nobody that reach the endpoint. */
async function exported(env: Record<string, string>): Promise<string[]> {
  const { url, child, ended } = await start(env)
  await fetch(`${url}/hello/a`, { headers: { traceparent: `00-${sampled}-b7ad6b7169203331-01` } })
  await fetch(`${url}/hello/b`, { headers: { traceparent: `00-${unsampled}-b7ad6b7169203331-00` } })
  await fetch(`${url}/hello/c`)
  child.kill('SIGTERM')
  await ended
  const names = new Map([
    [sampled, 'sampled'],
    [unsampled, 'unsampled'],
  ])
  return receiver.spans.map(({ traceId }) => names.get(traceId) ?? 'new').toSorted()
}

const samplers: [env: Record<string, string>, sampled: string[]][] = [
  [{ OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: 'unused' }, ['new', 'sampled', 'unsampled']],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, ['sampled']],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, []],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, []],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio' }, ['new', 'sampled', 'unsampled']],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, ['new', 'sampled']],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, ['sampled']],
  [{ OTEL_TRACES_SAMPLER: '' }, ['new', 'sampled']],
]

test.each(samplers.slice(0, some))('%o samples %o', async (env, expected) => {
  expect(await exported(env)).toEqual(expected)
})

test.each(['true', 'TRUE'])('OTEL_SDK_DISABLED=%s leaves lines on stdout, and nothing else', async value => {
  const { url, adminUrl, child, ended, lines } = await start({
    OTEL_SDK_DISABLED: value,
    OTEL_TRACES_SAMPLER: 'x',
  })
  expect(await (await fetch(`${url}/hello/you`)).json()).toEqual({ hello: 'you' })
  const families = parseExposition(await (await fetch(`${adminUrl}/metrics`)).text())
  expect([...families.values()].flatMap(({ samples }) => samples)).toEqual([])
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(lines()).toContainEqual(expect.objectContaining({ msg: 'greeting' }))
  expect(JSON.stringify(lines())).not.toContain('trace_id')
  expect(receiver.requests).toEqual({})
})

test('another word for OTEL_SDK_DISABLED is false, and a warning', async () => {
  const { stderr } = await start({ OTEL_SDK_DISABLED: '1' })
  await fetch(`${service!.url}/hello/you`)
  await receiver.waitFor('the span', ({ spans }) => spans.length === 1)
  expect(stderr()).toContain('expected true or false, got "1"')
})

const traceparent = `00-${sampled}-b7ad6b7169203331-01`
const b3 = `${sampled}-b7ad6b7169203331-1`

const propagators: [value: string, headers: Record<string, string>, joined: string][] = [
  ['none', { traceparent, b3 }, 'none'],
  ['', { traceparent, b3 }, 'traceparent'],
  ['tracecontext,baggage', { traceparent }, 'traceparent'],
  ['b3', { b3 }, 'b3'],
  ['b3, tracecontext', { b3 }, 'b3'],
  ['b3', { traceparent }, 'none'],
]

test.each(propagators.slice(0, some))(
  'OTEL_PROPAGATORS="%s" with %o goes on with %s',
  async (value, headers, joined) => {
    const { url } = await start({ OTEL_PROPAGATORS: value })
    await fetch(`${url}/hello/you`, { headers })
    await receiver.waitFor('the span', ({ spans }) => spans.length === 1)
    expect(receiver.spans[0]!.traceId === sampled).toBe(joined !== 'none')
  },
)

test.each([
  [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, 'parentbased_traceidratio, got "jaeger_remote"'],
  [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'expected a ratio from 0 to 1, got "1.5"'],
  [
    { OTEL_PROPAGATORS: 'tracecontext,xray' },
    'expected tracecontext, baggage, b3, b3multi, none, got "xray"',
  ],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'expected http/json, http/protobuf, got "grpc"'],
  [{ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' }, 'expected cumulative, got "delta"'],
  [
    { OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'linear' },
    'expected explicit_bucket_histogram, base2_exponential_bucket_histogram, got "linear"',
  ],
  [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }, 'Cannot follow OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'Cannot follow OTEL_TRACES_EXPORTER: expected otlp, got "zipkin"'],
  [{ OTEL_METRICS_EXPORTER: 'otlp,console' }, 'expected prometheus, otlp, none, got "console"'],
  [{ OTEL_METRICS_EXPORTER: 'otlp,none' }, 'expected none alone, got "otlp,none"'],
  [
    { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    'expected OTEL_EXPORTER_OTLP_ENDPOINT to be set, as OTEL_METRICS_EXPORTER has otlp',
  ],
  [
    { OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '0' },
    'Cannot read OTEL_METRIC_EXPORT_INTERVAL',
  ],
  [
    { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:1/v1/logs' },
    'Cannot follow OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: expected OTEL_EXPORTER_OTLP_ENDPOINT',
  ],
  [{ OTEL_CONFIG_FILE: '/etc/otel.yaml' }, 'Cannot follow OTEL_CONFIG_FILE: expected it to be unset'],
])('%o ends with an error', async (env, message) => {
  await expect(start(env as Record<string, string>)).rejects.toThrow(message)
})

test('what it does anyway may be asked for, and empty variables are none', async () => {
  const { url } = await start({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '',
    OTEL_CONFIG_FILE: '',
  })
  await fetch(`${url}/hello/you`)
  await receiver.waitFor('the span', ({ spans }) => spans.length === 1)
})
