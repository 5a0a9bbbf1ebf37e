/** The delay of the event loop over the last ten seconds, the same whoever reads it and when. */

import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface Delay {
  p50: number
  p99: number
  max: number
}

const resolutionMs = 20

/**
 * Monitors begun two seconds apart, each anew after ten: the oldest always holds the last eight to ten seconds.
 * A monitor measures from tick to tick, so its own resolution is taken off. Returns how to read, in seconds.
 */
export function monitorDelay(): () => Delay {
  const monitors = Array.from({ length: 5 }, () => monitorEventLoopDelay({ resolution: resolutionMs }))
  for (const monitor of monitors) monitor.enable()
  let turns = 0
  setInterval(() => monitors[turns++ % monitors.length]?.reset(), 2000).unref()
  return () => {
    const oldest = monitors[turns % monitors.length]
    if (oldest === undefined || oldest.count === 0) return { p50: 0, p99: 0, max: 0 }
    return { p50: late(oldest.percentile(50)), p99: late(oldest.percentile(99)), max: late(oldest.max) }
  }
}

function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000)
}
