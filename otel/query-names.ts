/**
 * Hands a query's name to the span that the Postgres instrumentation makes for it. Both run in one synchronous call,
 * so one variable is enough.
 */

let name: string | undefined

export function nameNextQuery(summary: string): void {
  name = summary
}

export function takeQueryName(): string | undefined {
  const taken = name
  name = undefined
  return taken
}
