import type { ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'

/** Repeats an assertion until it holds, and fails as it last failed. */
export async function eventually<T>(assertion: () => Promise<T> | T, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await wait(50)
    }
  }
}

interface Starting {
  /** Who starts, for the message when it does not. */
  name: string
  /** Gives up as soon as this has ended; left out where somebody starts it again. */
  child?: () => Pick<ChildProcess, 'exitCode' | 'signalCode'>
  /** What it has written, for the same message. */
  output: () => string
  timeoutMs?: number
}

/** Repeats `attempt` until it succeeds, for as long as the program that is to answer runs. */
export async function untilReady(starting: Starting, attempt: () => Promise<unknown>): Promise<void> {
  const { name, child, output, timeoutMs = 30_000 } = starting
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      const { exitCode = null, signalCode = null } = child?.() ?? {}
      const isOver = exitCode !== null || signalCode !== null
      if (isOver || Date.now() > deadline)
        throw new Error(
          `Cannot start ${name}: expected it to be ready within ${timeoutMs / 1000} s, got ${isOver ? `an end with ${exitCode ?? signalCode}` : String(error)}\n${output()}`,
        )
      await wait(50)
    }
  }
}

/** An attempt for `untilReady`: succeeds when the address answers with a status below 300. */
export const answers = (url: string) => async () => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  await answer.body?.cancel()
}
