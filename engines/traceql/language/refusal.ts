import { parseError, QueryError } from '../../query-error.ts'
import type { Place } from './ast.ts'

/** What is wrong with a query, in Tempo's classes: not the language, against its rules, or not (yet) supported. */
export type RefusalKind = 'parse' | 'invalid' | 'unsupported'

export class Refusal extends QueryError {
  override name = 'Refusal'
  readonly kind: RefusalKind

  constructor(kind: RefusalKind, message: string) {
    super(kind === 'parse' ? 'parse' : 'execution', message)
    this.kind = kind
  }
}

/** An error that shows the place in the query with carets. */
export function refusal(query: string, place: Place, kind: RefusalKind, message: string): Refusal {
  const shown = parseError(query, place, message).message
  return new Refusal(kind, kind === 'parse' ? shown : shown.replace('Cannot parse the query', verbs[kind]))
}

const verbs = { invalid: 'Cannot accept the query', unsupported: 'Cannot run the query' }
