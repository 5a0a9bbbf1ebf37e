/** Reads a file of OTLP/JSON lines: one ExportTraceServiceRequest on each. */

import { linesOf } from '../../files/lines.ts'
import { readRequest, TraceDataError } from '../otlp/read.ts'
import { createTraceStore, type TraceStore, type TraceStoreOptions } from '../store/memory.ts'

export function loadTraceFile(path: string, options: TraceStoreOptions = {}): TraceStore {
  const store = createTraceStore(options)
  let lineNumber = 0
  for (const line of linesOf(path, message => new TraceDataError(message))) {
    lineNumber++
    if (line.trim() === '') continue
    try {
      store.add(readRequest(line))
    } catch (error) {
      if (!(error instanceof TraceDataError)) throw error
      throw new TraceDataError(`Cannot read ${path}, line ${lineNumber}: ${error.message}`)
    }
  }
  return store
}
