/** Reads a file of OTLP requests in JSON, one a line, as an exporter posts them. */

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createLogStore, type LogStore, LogStoreError, type StoreOptions } from '../store/memory.ts'
import { OtlpError, readLogs } from '../store/otlp.ts'

/** The file is not what it should be: the message says at which line. */
export class LogFileError extends Error {}

/** Longer lines are refused; an exporter's requests are far shorter. */
const longestLine = 64 * 1024 * 1024

export async function loadLogFile(path: string, options: StoreOptions = {}): Promise<LogStore> {
  const store = createLogStore(options)
  const stream = createReadStream(path, { encoding: 'utf8' })
  let number = 0
  let pending = 0
  stream.on('data', chunk => {
    const end = chunk.lastIndexOf('\n')
    pending = end < 0 ? pending + chunk.length : chunk.length - end
    if (pending > longestLine)
      stream.destroy(
        new LogFileError(
          `Cannot read ${path}:${number + 1}: expected a line of at most ${longestLine} characters`,
        ),
      )
  })
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (line.trim() !== '') addLine(store, line, `${path}:${number}`)
  }
  return store
}

function addLine(store: LogStore, line: string, place: string): void {
  try {
    readLogs(JSON.parse(line), (labels, entry) => store.append(labels, entry))
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new LogFileError(`Cannot read ${place}: expected a request of OTLP in JSON: ${error.message}`)
    if (error instanceof OtlpError || error instanceof LogStoreError)
      throw new LogFileError(`${place}: ${error.message}`)
    throw error
  }
}
