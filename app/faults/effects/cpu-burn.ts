import { Worker } from 'node:worker_threads'
import { usableCores } from '../../../otel/runtime.ts'
import type { Effect } from '../switch.ts'

/** Burns in threads, so that the cores are short while the event loop itself stays free. */
export const burnCpu: Effect = ({ intensity }) => {
  const cores = intensity * usableCores()
  const threads = Array.from(
    { length: Math.ceil(cores) },
    (_, index) =>
      new Worker(burn, {
        eval: true,
        workerData: Math.min(1, cores - index),
        execArgv: [],
        name: 'cpu-burn fault',
      }),
  )
  for (const thread of threads) thread.unref()
  return async () => {
    await Promise.all(threads.map(thread => thread.terminate()))
  }
}

/** Busy for its share of every 100 ms. */
const burn = `
  const { workerData: share } = require('node:worker_threads')
  setInterval(() => {
    const end = performance.now() + share * 100
    while (performance.now() < end);
  }, 100)`
