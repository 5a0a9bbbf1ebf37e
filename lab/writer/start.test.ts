/** What becomes of those who sent lines or spans to the writing thread when it ends. */
import { expect, test } from 'vitest'
import { startWriter } from './start.ts'

const settings = { path: '', retention: 1000, size: 1000 }

/** A thread that runs this once it is sent something. */
const endingBy = (code: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort, workerData } from 'node:worker_threads'
      workerData.intake.on('message', () => { ${code} })
      parentPort.on('message', () => process.exit())
      parentPort.postMessage('ready')`)}`,
  )

test.each([
  ['an error', 'throw new Error("the disk is gone")', 'the disk is gone'],
  ['an exit nobody asked for', 'process.exit(3)', 'it exited with 3'],
])(
  '%s is told once, leaves nobody waiting and does not keep the lab from closing',
  async (_, code, reason) => {
    const failures: string[] = []
    const writer = await startWriter(settings, message => failures.push(message), endingBy(code))
    const expected = `the thread that writes logs and traces ended: ${reason}`
    await expect(writer.send({ kind: 'logs' })).rejects.toThrow(expected)
    await expect(writer.send({ kind: 'traces' })).rejects.toThrow(expected)
    await writer.close()
    expect(failures).toEqual([expected])
  },
)

test('a thread that is closed has not failed', async () => {
  const failures: string[] = []
  const writer = await startWriter(settings, message => failures.push(message), endingBy(''))
  await writer.close()
  expect(failures).toEqual([])
})

test('a thread that ends before it is ready fails the start', async () => {
  const file = new URL('data:text/javascript,process.exit(7)')
  await expect(startWriter(settings, () => {}, file)).rejects.toThrow(
    'the thread exited with 7 before it was ready',
  )
})
