/** Every way an endpoint can fail, under steady requests: none of them fails, each item is accounted for, and telemetry flows again. */

import { afterEach, expect, test } from 'vitest'
import { settingsFromEnv } from './delivery-settings.ts'
import { readBooks, sumOf } from './testing/books.ts'
import { type Behaviour, type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.ts'
import { type KitService, runKitService } from './testing/run-kit-service.ts'
import { type SteadyLoad, steadyLoad } from './testing/steady-load.ts'

const isLong = process.env.SIGHTLINE_LONG === '1'
const troubleSeconds = isLong ? 20 : 0.5
const requestsPerSecond = isLong ? 100 : 50

const ok = 'HTTP/1.1 200 OK\r\n'
const answers: Record<string, Behaviour> = {
  'takes requests and never answers': { kind: 'hang' },
  'answers 429 and asks to wait': {
    kind: 'status',
    status: 429,
    headers: { 'retry-after': isLong ? '3600' : '1' },
  },
  'answers 503': { kind: 'status', status: 503 },
  'answers 400': { kind: 'status', status: 400 },
  'answers 200 with a web page': { kind: 'status', status: 200, body: '<html>Welcome</html>' },
  'answers what is no HTTP': { kind: 'drip', head: '\x00\xff\x01 hello\r\n\r\n', text: '\x00', everyMs: 10 },
  'drips its answer': { kind: 'drip', head: `${ok}content-length: 1000\r\n\r\n`, text: ' ', everyMs: 20 },
  'drips its headers': { kind: 'drip', head: ok, text: 'x: y\r\n', everyMs: 20 },
  'answers without an end': {
    kind: 'drip',
    head: `${ok}transfer-encoding: chunked\r\n\r\n`,
    text: `1000\r\n${' '.repeat(4096)}\r\n`,
    everyMs: 1,
  },
  'resets the connection': { kind: 'reset' },
}

interface Trouble {
  name: string
  begin: () => unknown
  end: () => unknown
}

const troubles: Trouble[] = [
  { name: 'is down', begin: () => receiver.stop(), end: () => receiver.start() },
  ...Object.entries(answers).map(([name, behaviour]) => ({
    name,
    begin: () => receiver.behave(behaviour),
    end: () => receiver.behave({ kind: 'accept' }),
  })),
]

let receiver: OtlpReceiver
let service: KitService
let load: SteadyLoad

afterEach(async () => {
  service.child.kill('SIGTERM')
  await service.ended
  await receiver.stop()
})

/** The milliseconds from the end of the trouble to the first span and line that arrived after it. */
async function meet({ begin, end }: Trouble, patienceMs: number): Promise<number> {
  await begin()
  await load.during(troubleSeconds)
  await expectBooksToBalance()
  const { spans, logs } = receiver
  const [spansBefore, logsBefore] = [spans.length, logs.length]
  await end()
  const endedAt = performance.now()
  let recoveredMs = 0
  const recovery = receiver
    .waitFor(
      'telemetry to flow again',
      () => spans.length > spansBefore && logs.length > logsBefore,
      patienceMs,
    )
    .then(() => {
      recoveredMs = performance.now() - endedAt
    })
  await load.during(recovery)
  await expectBooksToBalance()
  return recoveredMs
}

/** One span per request; its own line and the handler's. Waiting items are part of the sum. */
async function expectBooksToBalance(): Promise<void> {
  const { sent, answered, failed } = load.counts
  expect(failed).toBe(0)
  expect(answered).toBe(sent)
  await expect
    .poll(async () => {
      const { traces, logs } = await readBooks(service.adminUrl)
      return { traces: sumOf(traces), logs: sumOf(logs) }
    })
    .toEqual({ traces: answered, logs: 2 * answered })
}

interface Round {
  timeoutMs: number
  through: Trouble[]
  recoveredWithinMs: number
  /** As what its losses are counted. */
  losses: 'failed' | 'dropped'
}

const rounds: Round[] = [{ timeoutMs: 500, through: troubles, recoveredWithinMs: 10_000, losses: 'failed' }]
// Five attempts of the default length outlast these twenty seconds, so no batch is given up; what the queue has no
// room for meanwhile is dropped.
if (isLong)
  rounds.push({
    timeoutMs: settingsFromEnv({}).timeoutMs,
    through: troubles.filter(({ name }) => /never answers|429|drips/.test(name)),
    recoveredWithinMs: 10_000,
    losses: 'dropped',
  })

test.for(rounds)(
  'attempts of at most $timeoutMs ms',
  { timeout: 900_000 },
  async ({ timeoutMs, through, recoveredWithinMs, losses }, { task }) => {
    receiver = await startOtlpReceiver()
    service = await runKitService({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: String(timeoutMs),
      TELEMETRY_BATCH_DELAY_MS: '100',
      // Small enough for long troubles to fill it.
      TELEMETRY_QUEUE_MAX_ITEMS: '200',
      LOG_STDOUT: 'off',
    })
    load = steadyLoad(service.url, requestsPerSecond)
    await load.during(0.5)
    for (const trouble of through) {
      const ms = await meet(trouble, recoveredWithinMs)
      console.log(`endpoint ${trouble.name}: telemetry flows ${(ms / 1000).toFixed(1)} s after that ended`)
    }
    await expect.poll(queued).toBe(0)
    const { traces, logs } = await readBooks(service.adminUrl)
    const lost = traces.failed + traces.dropped + logs.failed + logs.dropped
    console.log(
      `outages: ${through.length} kinds of ${troubleSeconds} s, ${load.counts.answered} requests, ${load.counts.failed} failed; of ${sumOf(traces) + sumOf(logs)} items ${traces.sent + logs.sent} sent, ${lost} counted as lost`,
    )
    const items = traces.sent + logs.sent + lost
    task.meta.figures = [
      [
        `${through.length} kind${through.length === 1 ? '' : 's'}, ${troubleSeconds} s, attempts of ${timeoutMs / 1000} s`,
        load.counts.answered,
        load.counts.failed,
        3 * load.counts.answered,
        traces.sent + logs.sent,
        lost,
        3 * load.counts.answered - items,
      ],
    ]
    // A batch whose answer came too late is sent again: received twice, or received and yet counted as failed.
    const spanIds = new Set(receiver.spans.map(({ spanId }) => spanId))
    expect(spanIds.size).toBeGreaterThanOrEqual(traces.sent)
    expect(spanIds.size).toBeLessThanOrEqual(load.counts.answered)
    expect(receiver.logs.length).toBeGreaterThanOrEqual(logs.sent)
    expect(traces.sent).toBeGreaterThan(0)
    expect(traces[losses]).toBeGreaterThan(0)
    expect(logs[losses]).toBeGreaterThan(0)
  },
)

async function queued(): Promise<number> {
  const { traces, logs } = await readBooks(service.adminUrl)
  return traces.queued + logs.queued
}
