/** Reads a file of OTLP/JSON lines: one ExportTraceServiceRequest on each. */

import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { readRequest, TraceDataError } from '../otlp/read.ts'
import { createTraceStore, type TraceStore, type TraceStoreOptions } from '../store/memory.ts'

/** Longer lines are refused before they fill the memory. */
const longestLine = 64 * 1024 * 1024

export function loadTraceFile(path: string, options: TraceStoreOptions = {}): TraceStore {
  const store = createTraceStore(options)
  let lineNumber = 0
  for (const line of linesOf(path)) {
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

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.alloc(1024 * 1024)
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for (let length = 0; ; ) {
      length = readSync(file, chunk)
      const lines = (rest + (length === 0 ? decoder.end() : decoder.write(chunk.subarray(0, length)))).split(
        '\n',
      )
      rest = lines.pop()!
      yield* lines
      if (rest.length > longestLine)
        throw new TraceDataError(
          `Cannot read ${path}: expected lines of at most ${longestLine} characters, got more`,
        )
      if (length === 0) break
    }
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}
