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

export async function startWriter(
  settings: Omit<WriterSettings, 'intake'>,
  onFailure: (message: string) => void,
): Promise<Writer> {
  const intake = createIntake()
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: { ...settings, intake: intake.port } satisfies WriterSettings,
    transferList: [intake.port],
  })
  await once(worker, 'message')
  worker.on('error', error => {
    const message = `the thread that writes logs and traces ended: ${error.message}`
    intake.fail(message)
    onFailure(message)
  })
  return {
    send: intake.send,
    waiting: intake.waiting,
    async close() {
      const ended = once(worker, 'exit')
      worker.postMessage('close')
      await ended
      intake.close()
    },
  }
}
