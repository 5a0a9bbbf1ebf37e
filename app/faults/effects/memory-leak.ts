import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Effect } from '../switch.ts'

const stepsPerSecond = 10
/** The alert has to see the leak; the process has to live long enough to show it. */
const maxShareOfHeap = 0.88
const maxBytes = 512 * 1024 ** 2

/** Grows until it stops or the heap is nearly full; all of it is released at the end. */
export const leakMemory: Effect = ({ intensity: bytesPerSecond }) => {
  const kept: object[] = []
  const step = bytesPerSecond / stepsPerSecond
  let keptBytes = 0
  const timer = setInterval(() => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
    if (keptBytes + step > maxBytes || used + step > limit * maxShareOfHeap) return
    for (const object of objectsOf(step)) kept.push(object)
    keptBytes += step
  }, 1000 / stepsPerSecond)
  return () => {
    clearInterval(timer)
    kept.length = 0
    collectGarbage()
  }
}

/** About 1 kB each on the heap: an array of a hundred and twenty-eight numbers. */
function objectsOf(bytes: number): object[] {
  return Array.from({ length: Math.ceil(bytes / 1024) }, () =>
    Array.from({ length: 127 }, (_, index) => index + 0.5),
  )
}

/** Left alone, a quiet process keeps its garbage for minutes, and the end of the fault would not be seen. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}
