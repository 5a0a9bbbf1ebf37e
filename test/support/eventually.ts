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
