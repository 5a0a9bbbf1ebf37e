/** What becomes of those who sent something to a thread that ended. */
import { expect, test } from 'vitest'
import { errorAnswer } from '../engines/promql/serve/api.ts'
import { startThread } from './threads.ts'

/** A thread that ends in its own way as soon as it is sent something. */
function endingBy(code: string): URL {
  const source = `
    import { parentPort, workerData } from 'node:worker_threads'
    workerData.settings.intake.on('message', () => { ${code} })
    parentPort.postMessage({ kind: 'loaded', loaded: {} })`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}

test.each([
  ['an error', 'throw new Error("the disk is gone")', 'the disk is gone'],
  ['its own exit', 'process.exit(3)', 'it exited with 3'],
])('a thread that ends by %s leaves nobody waiting', async (_, code, reason) => {
  const failures: string[] = []
  const thread = await startThread({
    ...{ worker: endingBy(code), settings: {}, timeout: 1000, errorAnswer },
    ...{ name: 'metrics', onFailure: (message: string) => failures.push(message) },
  })
  const expected = `the thread of the metrics ended: ${reason}`
  const sent = [thread.send({ kind: 'scrape' }), thread.send({ kind: 'status' })]
  for (const each of sent) await expect(each).rejects.toThrow(expected)
  await expect(thread.send({ kind: 'status' })).rejects.toThrow(expected)
  const { status } = await thread.evaluator.answer('/', new URLSearchParams(), new AbortController().signal)
  expect(status).toBe(500)
  expect(thread.waiting()).toEqual({ items: 0, bytes: 0 })
  expect(failures).toEqual([expected])
  await thread.close()
})

test('a thread that is closed has not failed', async () => {
  const failures: string[] = []
  const thread = await startThread({
    ...{ worker: endingBy(''), settings: {}, timeout: 1000, errorAnswer },
    ...{ name: 'metrics', onFailure: (message: string) => failures.push(message) },
  })
  await thread.close()
  expect(failures).toEqual([])
})
