/** Spans and RED of the queries of a `node:sqlite` database, which run on the service's own thread. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { beginOperation, type DatabaseServer, nameSql, type QueryName } from './database.ts'

type Run = (...values: unknown[]) => unknown

/** Observes the database from now on; `name` stands for its file in spans. */
export function observeSqlite(db: DatabaseSync, name: string): void {
  const server: DatabaseServer = { system: 'sqlite', attributes: { 'db.namespace': name } }
  const prepare = db.prepare.bind(db)
  const exec = db.exec.bind(db)
  db.exec = text => timed(nameSql(text, false), server, () => exec(text))
  db.prepare = (text, ...options) => {
    const statement = prepare(text, ...options)
    observeStatement(statement, text, server)
    return statement
  }
}

/** Names what a prepared statement asks, such as `product by id`, in metrics and spans. */
export function nameStatement(statement: StatementSync, summary: string): StatementSync {
  summaries.set(statement, summary)
  return statement
}

const summaries = new WeakMap<StatementSync, string>()

function observeStatement(statement: StatementSync, text: string, server: DatabaseServer): void {
  const nameIt = (hasValues: boolean) => nameSql(text, hasValues, summaries.get(statement))
  for (const method of ['run', 'get', 'all'] as const) {
    const run = statement[method].bind(statement) as Run
    statement[method] = ((...values: unknown[]) =>
      timed(nameIt(values.length > 0), server, () => run(...values))) as never
  }
  const iterate = statement.iterate.bind(statement) as (...values: unknown[]) => Iterable<never>
  // Until its last row has been read, or whoever reads has had enough.
  statement.iterate = ((...values: unknown[]) =>
    reading(() => iterate(...values), nameIt(values.length > 0), server)) as StatementSync['iterate']
}

function timed<T>(query: QueryName, server: DatabaseServer, work: () => T): T {
  const ended = beginOperation(query, server)
  try {
    const result = work()
    ended()
    return result
  } catch (error) {
    ended(error)
    throw error
  }
}

function* reading<T>(rows: () => Iterable<T>, query: QueryName, server: DatabaseServer): Generator<T> {
  const ended = beginOperation(query, server)
  let failure: unknown
  try {
    yield* rows()
  } catch (error) {
    failure = error
    throw error
  } finally {
    ended(failure)
  }
}
