/** What the verbs of promql, logql and traceql do alike with their input. */
import { accessSync, closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemReason, UserError, wrongUse } from '../contract/user-error.ts'
import { QueryError } from '../engines/query-error.ts'

/** Turns what was thrown about the user's input, a query or data of these kinds, into a message without a stack. */
export function plainlyFor(...kinds: readonly (abstract new (...args: never[]) => Error)[]) {
  return async <T>(run: () => T | Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      const isInput = [QueryError, ...kinds].some(kind => error instanceof kind)
      throw isInput ? new UserError((error as Error).message) : error
    }
  }
}

/**
 * The file of `--data`, checked before a thread opens it, since an error of a thread no longer tells its kind. Standard
 * input, written `-`, is copied to a file that is gone at the end: the readers open their file more than once.
 */
export function dataFile(data: string): string {
  if (data === '-') return spooled()
  try {
    accessSync(data, constants.R_OK)
    return data
  } catch (error) {
    throw unreadable(error, data)
  }
}

/** Says in a line why the system does not give a file; any other error stays what it is. */
export function unreadable(error: unknown, data: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return new UserError(`Cannot read --data ${data}: ${systemReason(error)}`)
}

export function portOption(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw wrongUse(`Cannot read --port: expected a number from 0 to 65535, got "${text}"`)
}

/** Input without end must not fill the disk. */
const largestInput = 2 * 1024 ** 3

function spooled(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-stdin-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'data')
  const target = openSync(file, 'w')
  try {
    const block = Buffer.alloc(1024 * 1024)
    let size = 0
    for (let read = readStdin(block); read > 0; read = readStdin(block)) {
      size += read
      if (size > largestInput)
        throw new UserError({
          action: 'read standard input',
          expected: `at most ${largestInput} bytes`,
          got: 'more',
        })
      writeSync(target, block, 0, read)
    }
  } finally {
    closeSync(target)
  }
  return file
}

function readStdin(block: Buffer): number {
  for (;;)
    try {
      return readSync(0, block)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') return 0
      // A terminal or a pipe that does not wait has nothing yet.
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
}
