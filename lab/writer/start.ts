/** Starts the thread that writes logs and traces. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createIntake, type Intake } from '../intake.ts'
import { openForWriting } from '../store/database.ts'
import type { WriterSettings } from './thread.ts'

interface Writer {
  send: Intake['send']
  waiting: Intake['waiting']
  close(): Promise<void>
}

/** Makes the database where there is none, so that readers can open it from then on. */
export function prepareDatabase(path: string): void {
  openForWriting(path).close()
}

/** `file` is another thread's in tests. */
export async function startWriter(
  settings: Omit<WriterSettings, 'intake'>,
  onFailure: (message: string) => void,
  file = new URL('./thread.ts', import.meta.url),
): Promise<Writer> {
  const intake = createIntake()
  const worker = new Worker(file, {
    workerData: { ...settings, intake: intake.port } satisfies WriterSettings,
    transferList: [intake.port],
  })
  const exited = new Promise<number>(resolve => worker.once('exit', resolve))
  const early = exited.then(code => {
    throw new Error(`Cannot write logs and traces: the thread exited with ${code} before it was ready`)
  })
  await Promise.race([once(worker, 'message'), early])
  let isOver = false
  const fail = (reason: string) => {
    if (isOver) return
    isOver = true
    const message = `the thread that writes logs and traces ended: ${reason}`
    intake.fail(message)
    onFailure(message)
  }
  worker.on('error', error => fail(error.message))
  // An error comes before its exit; a thread may also end without one.
  void exited.then(code => fail(`it exited with ${code}`))
  return {
    send: intake.send,
    waiting: intake.waiting,
    async close() {
      isOver = true
      worker.postMessage('close')
      await exited
      intake.close()
    },
  }
}
