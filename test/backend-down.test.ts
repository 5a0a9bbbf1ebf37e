/** The endpoint goes away under load and comes back: for seconds in `ok`, a minute in `ok:long`, ten in `ok:soak`. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseExposition } from '../otel/exposition.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { type KitService, runKitService } from '../otel/testing/run-kit-service.ts'

const downSeconds = process.env.SIGHTLINE_SOAK === '1' ? 600 : process.env.SIGHTLINE_LONG === '1' ? 60 : 8
const requestsPerSecond = 300
const maxItems = 2000
const maxInFlight = 200

let receiver: OtlpReceiver
let service: KitService
let sent = 0
let failed = 0
let answered = 0

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    TELEMETRY_QUEUE_MAX_ITEMS: String(maxItems),
    LOG_STDOUT: 'off',
  })
})

afterAll(async () => {
  service.child.kill('SIGTERM')
  await service.ended
  await receiver.stop()
})

/** An open arrival of requests: a slow answer does not slow the next. */
async function load(seconds: number): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()
  for (let due = 0; due < seconds * requestsPerSecond; due++) {
    const late = performance.now() - startedAt
    const early = (due * 1000) / requestsPerSecond - late
    if (early > 0) await sleep(early)
    // A machine too busy for this rate sends fewer, for the same time.
    else if (late > seconds * 1000) break
    if (underWay.size >= maxInFlight) continue
    sent++
    const request = fetch(`${service.url}/hello/load`)
      .then(async answer => {
        await answer.arrayBuffer()
        if (answer.status === 200) answered++
        else failed++
      })
      .catch(() => {
        failed++
      })
      .finally(() => underWay.delete(request))
    underWay.add(request)
  }
  await Promise.all(underWay)
}

interface Books {
  sent: number
  failed: number
  dropped: number
  queued: number
}

async function read(): Promise<{ traces: Books; logs: Books; residentMemory: number }> {
  const families = parseExposition(await (await fetch(`${service.adminUrl}/metrics`)).text())
  const value = (name: string, labels: Record<string, string> = {}) =>
    families
      .get(name)!
      .samples.find(sample =>
        Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted),
      )!.value
  const books = (signal: string): Books => ({
    sent: value('telemetry_items_total', { signal, outcome: 'sent' }),
    failed: value('telemetry_items_total', { signal, outcome: 'failed' }),
    dropped: value('telemetry_items_total', { signal, outcome: 'dropped' }),
    queued: value('telemetry_queue_items', { signal }),
  })
  return {
    traces: books('traces'),
    logs: books('logs'),
    residentMemory: value('process_resident_memory_bytes'),
  }
}

const sum = ({ sent, failed, dropped, queued }: Books) => sent + failed + dropped + queued

test(
  `${downSeconds} s without a backend cost no request and no memory, and telemetry flows again`,
  async () => {
    await load(5)
    await receiver.waitFor('spans of the warm-up', ({ spans }) => spans.length > 0)
    const before = await read()

    await receiver.stop()
    const memory: number[] = []
    for (let slice = 0; slice < 4; slice++) {
      await load(downSeconds / 4)
      const { traces, logs, residentMemory } = await read()
      memory.push(residentMemory)
      expect(traces.queued).toBeLessThanOrEqual(maxItems)
      expect(logs.queued).toBeLessThanOrEqual(maxItems)
    }
    const down = await read()
    const lost = ({ failed, dropped }: Books) => failed + dropped
    expect(lost(down.traces)).toBeGreaterThan(lost(before.traces))
    expect(lost(down.logs)).toBeGreaterThan(lost(before.logs))

    const receivedBefore = receiver.spans.length
    await receiver.start()
    await load(5)
    await receiver.waitFor('spans again', ({ spans }) => spans.length > receivedBefore, 20_000)
    await expect.poll(async () => (await read()).traces.queued, { timeout: 20_000 }).toBe(0)
    await expect.poll(async () => (await read()).logs.queued, { timeout: 20_000 }).toBe(0)

    const after = await read()
    expect(failed).toBe(0)
    expect(answered).toBe(sent)
    expect(sent).toBeGreaterThan(((10 + downSeconds) * requestsPerSecond) / 10)
    // One span per request; its own line and the handler's.
    expect(sum(after.traces)).toBe(answered)
    expect(sum(after.logs)).toBe(2 * answered)
    expect(after.traces.sent).toBe(receiver.spans.length)
    expect(after.logs.sent).toBe(receiver.logs.length)
    // What is held on to cannot be given back, so a leak raises the lowest reading; a collection to come raises others.
    const growth = Math.min(...memory.slice(2)) - before.residentMemory
    console.log(
      `backend away for ${downSeconds} s: ${answered} requests, ${failed} failed; memory ${[before.residentMemory, ...memory, after.residentMemory].map(bytes => Math.round(bytes / 1e6)).join(' → ')} MB; traces ${JSON.stringify(after.traces)}, logs ${JSON.stringify(after.logs)}`,
    )
    expect(growth).toBeLessThan(60e6)
  },
  (downSeconds + 300) * 1000,
)
