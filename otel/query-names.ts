/**
 * Hands a query's name to the span that the Postgres instrumentation makes for it. Both run in one synchronous call,
 * so one variable is enough.
 */

export interface QueryName {
  summary: string
  operation: string
}

let next: QueryName | undefined

export function nameNextQuery(name: QueryName): void {
  next = name
}

export function takeQueryName(): QueryName | undefined {
  const taken = next
  next = undefined
  return taken
}
