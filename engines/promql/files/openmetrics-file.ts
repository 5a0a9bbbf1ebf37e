import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { Store } from '../store/memory.ts'
import { MetricsError, metricsReader, type ReadOptions, type ReadSummary } from '../text/openmetrics.ts'

const blockBytes = 256 * 1024
const longestLine = 1024 * 1024

/** Reads block by block, so that the file may be larger than the memory; `# EOF` at its end tells the format. */
export function readMetricsFile(store: Store, path: string, options: ReadOptions = {}): ReadSummary {
  const file = openSync(path, 'r')
  try {
    const reader = metricsReader(store, { ...options, format: options.format ?? formatOf(file) })
    const decoder = new StringDecoder('utf8')
    const block = Buffer.alloc(blockBytes)
    let rest = ''
    for (let read = readSync(file, block, 0, blockBytes, 0), at = 0; read > 0; ) {
      const lines = (rest + decoder.write(block.subarray(0, read))).split('\n')
      rest = lines.pop()!
      if (rest.length > longestLine)
        throw new MetricsError(`Cannot read on: expected lines of at most ${longestLine} characters`)
      for (const line of lines) reader.line(withoutReturn(line))
      at += read
      read = readSync(file, block, 0, blockBytes, at)
    }
    if (rest !== '') reader.line(withoutReturn(rest))
    return reader.end()
  } catch (error) {
    if (error instanceof MetricsError) error.message = `${path}: ${error.message}`
    throw error
  } finally {
    closeSync(file)
  }
}

function formatOf(file: number): 'openmetrics' | 'text' {
  const { size } = fstatSync(file)
  const tail = Buffer.alloc(Math.min(size, 64))
  readSync(file, tail, 0, tail.length, size - tail.length)
  return tail.toString('latin1').trimEnd().endsWith('# EOF') ? 'openmetrics' : 'text'
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
