/** Recommendations cost CPU, so they are computed in threads, behind a bounded queue and a cache. */
import { Piscina } from 'piscina'
import { onShutdown } from '../../otel/lifecycle.ts'
import { counter, initialise, observe } from '../../otel/metrics.ts'
import { threadPool } from '../../otel/signals.ts'
import { tryAgain } from '../http/errors.ts'
import type { Similar } from './recommendations-thread.ts'
import type { WordLists } from './word-lists.ts'

const labels = { pool: 'recommendations' }
const threads = 2
const maxQueue = 32

export function createRecommender(words: WordLists): (product: number) => Promise<Similar[]> {
  const pool = new Piscina<{ product: number }, Similar[]>({
    filename: new URL('./recommendations-thread.ts', import.meta.url).href,
    workerData: words,
    minThreads: 1,
    maxThreads: threads,
    maxQueue,
    idleTimeout: 60_000,
    // The threads do arithmetic only; telemetry is the main thread's.
    execArgv: [],
  })
  let working = 0
  observe(threadPool.busy, () => [{ labels, value: Math.min(working, threads) }])
  observe(threadPool.max, () => [{ labels, value: threads }])
  observe(threadPool.queued, () => [{ labels, value: pool.queueSize }])
  initialise(threadPool.rejections, [labels])
  onShutdown('recommendations', () => pool.destroy())

  return async product => {
    working++
    try {
      return await pool.run({ product })
    } catch (error) {
      if (!(error instanceof Error) || !/queue is at limit/i.test(error.message)) throw error
      counter(threadPool.rejections).add(labels)
      throw tryAgain('Too many recommendations at once')
    } finally {
      working--
    }
  }
}
