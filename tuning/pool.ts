/** Spreads work over as many worker threads as there are cores. */
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
  const results = await inWorkers<Task, Result[]>(
    new URL('./pool-worker.ts', import.meta.url),
    tasks,
    progress,
    threads,
  )
  return results.flat()
}

/** A worker answers each message with the result of that task. */
export async function inWorkers<Work, Done>(
  script: URL,
  tasks: readonly Work[],
  progress: (done: number) => void,
  threads = availableParallelism(),
): Promise<Done[]> {
  const results: Done[] = []
  let next = 0
  let done = 0
  const workers: Worker[] = []
  const serve = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(script)
      workers.push(worker)
      let current = -1
      const give = () => {
        current = next++
        if (current >= tasks.length) resolve()
        else worker.postMessage(tasks[current])
      }
      worker.on('message', (result: Done) => {
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
  return results
}
