/** A range of offsets in the text of a query. */
export interface Span {
  start: number
  end: number
}

/** The query is wrong, or its data do not allow it: what Prometheus answers with bad_data or execution errors. */
export class QueryError extends Error {
  override name = 'QueryError'
  readonly reason: 'parse' | 'execution' | 'limit' | 'cancelled'

  constructor(reason: QueryError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

const shownWidth = 100

/** An error that names the place in the query, shows the line and puts carets under the span. */
export function parseError(query: string, span: Span, message: string): QueryError {
  const lineStart = query.lastIndexOf('\n', span.start - 1) + 1
  const nextLine = query.indexOf('\n', span.start)
  const lineNumber = query.slice(0, lineStart).split('\n').length
  const column = span.start - lineStart
  const from = Math.max(0, column - shownWidth / 2)
  const lineEnd = nextLine === -1 ? query.length : nextLine
  const shown = query.slice(lineStart + from, Math.min(lineEnd, lineStart + from + shownWidth))
  const room = Math.max(1, shown.length - (column - from))
  const width = Math.min(Math.max(1, span.end - span.start), room)
  const carets = ' '.repeat(column - from) + '^'.repeat(width)
  return new QueryError(
    'parse',
    `Cannot parse the query at line ${lineNumber}, column ${column + 1}: ${message}\n  ${shown.replaceAll('\t', ' ')}\n  ${carets}`,
  )
}
