/** Reads a file of OTLP requests in JSON, one a line, as an exporter posts them. */

import { linesOf } from '../../files/lines.ts'
import { createLogStore, type LogStore, LogStoreError, type StoreOptions } from '../store/memory.ts'
import { OtlpError, readLogs } from '../store/otlp.ts'

/** The file is not what it should be: the message says at which line. */
export class LogFileError extends Error {}

export function loadLogFile(path: string, options: StoreOptions = {}): LogStore {
  const store = createLogStore(options)
  let lineNumber = 0
  for (const line of linesOf(path, message => new LogFileError(message))) {
    lineNumber++
    if (line.trim() !== '') addLine(store, line, `Cannot read ${path}, line ${lineNumber}`)
  }
  return store
}

function addLine(store: LogStore, line: string, place: string): void {
  try {
    readLogs(JSON.parse(line), (labels, entry) => store.append(labels, entry))
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new LogFileError(`${place}: expected a request of OTLP in JSON: ${error.message}`)
    if (error instanceof OtlpError || error instanceof LogStoreError)
      throw new LogFileError(`${place}: ${error.message}`)
    throw error
  }
}
