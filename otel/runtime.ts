/** USE of the process and its runtime: CPU, event loop, heap, garbage collection and file descriptors. */

import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { constants, PerformanceObserver, performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { monitorDelay } from './event-loop-delay.ts'
import { gauge, histogram, initialise, observe } from './metrics.ts'
import { identity } from './resource.ts'
import { type Labels, runtime, target } from './signals.ts'

type GcType = Labels<typeof runtime.gc>['v8js_gc_type']

const gcTypes = new Map<number, GcType>([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

export function observeRuntime(): void {
  gauge(target.info).set(
    {
      service_name: identity.service,
      service_version: identity.version,
      deployment_environment_name: identity.environment,
    },
    1,
  )
  gauge(runtime.startTime).set({}, performance.timeOrigin / 1000)
  observe(runtime.cpu, () => {
    const { user, system } = process.cpuUsage()
    return single((user + system) / 1e6)
  })
  gauge(runtime.cpuCores).set({}, usableCores())
  observe(runtime.cpuWait, cpuWait())
  observe(runtime.machineCpu, machineCpu)
  observe(runtime.residentMemory, () => single(process.memoryUsage.rss()))
  observe(runtime.openFiles, () => single(countOpenFiles()))
  observe(runtime.maxFiles, () => single(maxOpenFiles()))
  observe(runtime.eventLoopTime, () => {
    const { active, idle } = performance.eventLoopUtilization()
    return [
      { labels: { nodejs_eventloop_state: 'active' }, value: active / 1000 },
      { labels: { nodejs_eventloop_state: 'idle' }, value: idle / 1000 },
    ]
  })
  observe(runtime.heapUsed, () =>
    getHeapSpaceStatistics().map(space => ({
      labels: { v8js_heap_space_name: space.space_name },
      value: space.space_used_size,
    })),
  )
  observe(runtime.heapLimit, () => single(getHeapStatistics().heap_size_limit))
  observeEventLoopDelay()
  observeGarbageCollection()
}

/** Cores the container may use, or the machine's where there is no limit. */
export function usableCores(read: (path: string) => string = path => readFileSync(path, 'utf8')): number {
  const limits = [
    () => {
      const [quota, period] = read('/sys/fs/cgroup/cpu.max').trim().split(' ').map(Number)
      return quota! / period!
    },
    () =>
      Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')) /
      Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')),
  ]
  for (const limit of limits) {
    try {
      const cores = limit()
      if (cores > 0) return Math.min(cores, availableParallelism())
    } catch {}
  }
  return availableParallelism()
}

/** What the threads that have ended waited is still a part of it. */
function cpuWait(): () => ReturnType<typeof single> {
  let total = 0
  let known = new Map<string, number>()
  return () => {
    const found = new Map<string, number>()
    for (const [thread, wait] of threadWaits()) {
      const before = known.get(thread) ?? 0
      // The number of a thread that has ended may be given to a new one.
      total += wait >= before ? wait - before : wait
      found.set(thread, wait)
    }
    known = found
    return found.size === 0 ? [] : single(total)
  }
}

/** Seconds by thread; none where the system does not tell. */
function threadWaits(): [thread: string, wait: number][] {
  const folder = '/proc/self/task'
  try {
    return readdirSync(folder).flatMap(thread => {
      try {
        // `511968 3537779 2`: nanoseconds run, nanoseconds waited, and how often.
        const [, wait] = readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')
        return [[thread, Number(wait) / 1e9]]
      } catch {
        // It has ended meanwhile.
        return []
      }
    })
  } catch {
    return []
  }
}

function machineCpu(): { labels: Labels<typeof runtime.machineCpu>; value: number }[] {
  const modes = { user: 'user', nice: 'nice', system: 'sys', interrupt: 'irq', idle: 'idle' } as const
  const cores = cpus()
  return Object.entries(modes).map(([cpu_mode, field]) => ({
    labels: { cpu_mode: cpu_mode as keyof typeof modes },
    value: cores.reduce((sum, { times }) => sum + times[field], 0) / 1_000,
  }))
}

function observeEventLoopDelay(): void {
  const delay = monitorDelay()
  observe(runtime.eventLoopDelayP50, () => single(delay().p50))
  observe(runtime.eventLoopDelayP99, () => single(delay().p99))
  observe(runtime.eventLoopDelayMax, () => single(delay().max))
}

function observeGarbageCollection(): void {
  initialise(
    runtime.gc,
    [...gcTypes.values()].map(v8js_gc_type => ({ v8js_gc_type })),
  )
  const pauses = histogram(runtime.gc)
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      const type = gcTypes.get((entry as { detail?: { kind?: number } }).detail?.kind ?? -1)
      if (type !== undefined) pauses.record({ v8js_gc_type: type }, entry.duration / 1000)
    }
  }).observe({ entryTypes: ['gc'] })
}

function countOpenFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return Number.NaN
  }
}

function maxOpenFiles(): number {
  try {
    const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit ?? Number.NaN)
  } catch {
    return Number.NaN
  }
}

function single(value: number): { labels: Record<never, never>; value: number }[] {
  return [{ labels: {}, value }]
}
