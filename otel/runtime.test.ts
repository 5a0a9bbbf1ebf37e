import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { beforeAll, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
  process.env.OTEL_SERVICE_NAME = 'shop'
})

import { parseExposition, type Sample } from './exposition.ts'
import { exposition } from './metrics.ts'
import { observeRuntime, usableCores } from './runtime.ts'

beforeAll(observeRuntime)

const samples = async (name: string): Promise<Sample[]> =>
  parseExposition(await exposition('openmetrics')).get(name)?.samples ?? []
const value = async (name: string, label?: string): Promise<number> =>
  (await samples(name)).find(sample => label === undefined || Object.values(sample.labels).includes(label))
    ?.value ?? Number.NaN

function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('a blocked event loop shows in its delay and its active time', async () => {
  await sleep(100)
  const activeBefore = await value('nodejs_eventloop_time_seconds_total', 'active')
  const cpuBefore = await value('process_cpu_seconds_total')
  const usedBefore = process.cpuUsage()
  block(400)
  await sleep(100)
  expect(await value('nodejs_eventloop_delay_max_seconds')).toBeGreaterThan(0.3)
  expect(await value('nodejs_eventloop_delay_p50_seconds')).toBeLessThan(0.3)
  expect((await value('nodejs_eventloop_time_seconds_total', 'active')) - activeBefore).toBeGreaterThan(0.35)
  const { user, system } = process.cpuUsage(usedBefore)
  expect((await value('process_cpu_seconds_total')) - cpuBefore).toBeGreaterThanOrEqual((user + system) / 1e6)
})

test('the CPU time of the machine contains that of the process', async () => {
  const total = async () =>
    (await samples('system_cpu_time_seconds_total')).reduce((sum, { value }) => sum + value, 0)
  const idle = () => value('system_cpu_time_seconds_total', 'idle')
  const [totalBefore, idleBefore, usedBefore] = [await total(), await idle(), process.cpuUsage()]
  block(500)
  const { user, system } = process.cpuUsage(usedBefore)
  const busy = (await total()) - totalBefore - ((await idle()) - idleBefore)
  expect(busy).toBeGreaterThan((user + system) / 1e6 - 0.1)
})

/** Keeps its thread busy for so many milliseconds. */
const busyThread = (ms: number) =>
  new Worker(`for (const end = Date.now() + ${ms}; Date.now() < end; );`, { eval: true })

test.skipIf(process.platform !== 'linux')(
  'threads in want of a core are counted as waiting, and still are when they have ended',
  async () => {
    const before = await value('process_cpu_wait_seconds_total')
    const threads = Array.from({ length: 3 * availableParallelism() }, () => busyThread(1000))
    await Promise.all(threads.map(thread => once(thread, 'online')))
    const during = await value('process_cpu_wait_seconds_total')
    await Promise.all(threads.map(thread => once(thread, 'exit')))
    const after = await value('process_cpu_wait_seconds_total')
    expect(before).toBeGreaterThanOrEqual(0)
    expect(during).toBeGreaterThan(before)
    expect(after).toBeGreaterThanOrEqual(during)
  },
)

test('reading the delay does not reset it', async () => {
  const first = await value('nodejs_eventloop_delay_max_seconds')
  expect(await value('nodejs_eventloop_delay_max_seconds')).toBeGreaterThanOrEqual(first)
})

test('the delay is forgotten after ten seconds', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const fresh = await import('./event-loop-delay.ts')
  const read = fresh.monitorDelay()
  await sleep(60)
  block(300)
  await sleep(60)
  expect(read().max).toBeGreaterThan(0.2)
  vi.advanceTimersByTime(8000)
  await sleep(60)
  expect(read().max).toBeGreaterThan(0.2)
  vi.advanceTimersByTime(2000)
  await sleep(60)
  expect(read().max).toBeLessThan(0.2)
  vi.useRealTimers()
})

test('garbage collections are timed by type', async () => {
  const before = await value('v8js_gc_duration_seconds', 'minor')
  let garbage: unknown[] = []
  for (let round = 0; round < 200; round++) {
    garbage = Array.from({ length: 20_000 }, (_, index) => ({ index }))
  }
  expect(garbage).toHaveLength(20_000)
  await sleep(50)
  const after = (await samples('v8js_gc_duration_seconds')).find(
    sample => sample.name.endsWith('_count') && sample.labels.v8js_gc_type === 'minor',
  )
  expect(after?.value).toBeGreaterThan(before)
})

test('heap, memory and files are those of this process', async () => {
  const heap = (await samples('v8js_memory_heap_used_bytes')).reduce((sum, sample) => sum + sample.value, 0)
  expect(heap).toBeGreaterThan(1e6)
  expect(heap).toBeLessThan(await value('v8js_heap_size_limit_bytes'))
  expect(await value('process_resident_memory_bytes')).toBeGreaterThan(heap)
  expect(await value('process_open_fds')).toBeGreaterThan(2)
  expect(await value('process_max_fds')).toBeGreaterThan(await value('process_open_fds'))
  expect(await value('target_info', 'shop')).toBe(1)
  expect(
    Math.abs((await value('process_start_time_seconds')) - (Date.now() / 1000 - process.uptime())),
  ).toBeLessThan(2)
})

test.each([
  [{ '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 0.5],
  [
    { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '25000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' },
    0.25,
  ],
  [{ '/sys/fs/cgroup/cpu.max': 'max 100000' }, undefined],
  [
    { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' },
    undefined,
  ],
  [{}, undefined],
])('with the limits %j it may use %s cores', (files, expected) => {
  const read = (path: string) => {
    const content = (files as Record<string, string>)[path]
    if (content === undefined) throw new Error(`ENOENT ${path}`)
    return content
  }
  const unlimited = usableCores(() => {
    throw new Error('ENOENT')
  })
  expect(usableCores(read)).toBe(expected ?? unlimited)
  expect(unlimited).toBeGreaterThanOrEqual(1)
})
