import { QueryError } from '../engine/result.ts'
import type { Span } from './ast.ts'

const shownWidth = 100

/** A parse error that names the place, shows the line and puts carets under what is at fault. */
export function fault(query: string, span: Span, message: string): QueryError {
  const lineStart = query.lastIndexOf('\n', span.start - 1) + 1
  const lineEnd = endOfLine(query, span.start)
  const lineNumber = query.slice(0, lineStart).split('\n').length
  const column = span.start - lineStart
  const from = Math.max(0, column - shownWidth / 2)
  const shown = query.slice(lineStart + from, Math.min(lineEnd, lineStart + from + shownWidth))
  const room = Math.max(1, shown.length - (column - from))
  const width = Math.min(Math.max(1, span.end - span.start), room)
  const carets = ' '.repeat(column - from) + '^'.repeat(width)
  return new QueryError(
    'parse',
    `Cannot parse the query at line ${lineNumber}, column ${column + 1}: ${message}\n  ${shown.replaceAll('\t', ' ')}\n  ${carets}`,
  )
}

function endOfLine(query: string, from: number): number {
  const end = query.indexOf('\n', from)
  return end === -1 ? query.length : end
}
