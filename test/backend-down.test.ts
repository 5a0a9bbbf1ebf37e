/** The endpoint goes away under load and comes back: for seconds in `ok`, a minute in `ok:long`, ten in `ok:soak`. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Books, readBooks, sumOf } from '../otel/testing/books.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { type KitService, runKitService } from '../otel/testing/run-kit-service.ts'
import { type SteadyLoad, steadyLoad } from '../otel/testing/steady-load.ts'

const downSeconds = process.env.SIGHTLINE_SOAK === '1' ? 600 : process.env.SIGHTLINE_LONG === '1' ? 60 : 8
const requestsPerSecond = 300
const maxItems = 2000

let receiver: OtlpReceiver
let service: KitService
let load: SteadyLoad

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    TELEMETRY_QUEUE_MAX_ITEMS: String(maxItems),
    LOG_STDOUT: 'off',
  })
  load = steadyLoad(service.url, requestsPerSecond)
})

afterAll(async () => {
  service.child.kill('SIGTERM')
  await service.ended
  await receiver.stop()
})

const read = () => readBooks(service.adminUrl)

test(
  `${downSeconds} s without a backend cost no request and no memory, and telemetry flows again`,
  async () => {
    await load.during(5)
    await receiver.waitFor('spans of the warm-up', ({ spans }) => spans.length > 0)
    const before = await read()

    await receiver.stop()
    const memory: number[] = []
    for (let slice = 0; slice < 4; slice++) {
      await load.during(downSeconds / 4)
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
    await load.during(5)
    await receiver.waitFor('spans again', ({ spans }) => spans.length > receivedBefore, 20_000)
    await expect.poll(async () => (await read()).traces.queued, { timeout: 20_000 }).toBe(0)
    await expect.poll(async () => (await read()).logs.queued, { timeout: 20_000 }).toBe(0)

    const after = await read()
    const { sent, answered, failed } = load.counts
    expect(failed).toBe(0)
    expect(answered).toBe(sent)
    expect(sent).toBeGreaterThan(((10 + downSeconds) * requestsPerSecond) / 10)
    // One span per request; its own line and the handler's.
    expect(sumOf(after.traces)).toBe(answered)
    expect(sumOf(after.logs)).toBe(2 * answered)
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
