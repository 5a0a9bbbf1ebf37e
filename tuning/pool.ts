/** Plays months in as many worker threads as there are cores. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Task } from './months.ts'
import type { Result } from './score/result.ts'

/** The results in the order of the tasks. */
export async function playAll(
  tasks: readonly Task[],
  progress: (done: number) => void,
  threads = availableParallelism(),
): Promise<Result[]> {
  const results: Result[][] = tasks.map(() => [])
  let next = 0
  let done = 0
  const workers: Worker[] = []
  const serve = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./pool-worker.ts', import.meta.url))
      workers.push(worker)
      let current = -1
      const give = () => {
        current = next++
        if (current >= tasks.length) resolve()
        else worker.postMessage(tasks[current])
      }
      worker.on('message', (result: Result[]) => {
        results[current] = result
        progress(++done)
        give()
      })
      worker.on('error', reject)
      give()
    })
  try {
    await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, serve))
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
  return results.flat()
}
