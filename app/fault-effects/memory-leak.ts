import { getHeapStatistics } from 'node:v8'
import type { Effect } from '../fault-switch.ts'

const stepsPerSecond = 10
/** The alert has to see the leak; the process has to live long enough to show it. */
const maxShareOfHeap = 0.9
const maxBytes = 512 * 1024 ** 2

/** Grows until it stops or the heap is nearly full; all of it is released at the end. */
export const leakMemory: Effect = ({ intensity: bytesPerSecond }) => {
  const kept: object[] = []
  const step = bytesPerSecond / stepsPerSecond
  let keptBytes = 0
  const timer = setInterval(() => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
    if (keptBytes + step > maxBytes || used + step > limit * maxShareOfHeap) return
    kept.push(...objectsOf(step))
    keptBytes += step
  }, 1000 / stepsPerSecond)
  return () => {
    clearInterval(timer)
    kept.length = 0
  }
}

/** About 1 kB each on the heap: an array of a hundred and twenty-eight numbers. */
function objectsOf(bytes: number): object[] {
  return Array.from({ length: Math.ceil(bytes / 1024) }, () =>
    Array.from({ length: 127 }, (_, index) => index + 0.5),
  )
}
