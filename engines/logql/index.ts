/**
 * LogQL in one process, in Node or in a browser: a store of log lines, queries over it as Loki 3.7 answers them, and
 * OTLP to fill it from. Nothing here does I/O; files/ and serve/ do.
 */

export { QueryError } from '../query-error.ts'
export type { LogRange } from './engine/log-query.ts'
export { instantQuery, linesQuery, rangeQuery } from './engine/query.ts'
export type { InstantResult, Limits, LogResult, QueryOptions, RangeResult } from './engine/result.ts'
export { parse } from './language/parse.ts'
export { format, print } from './language/print.ts'
export type { Wanted } from './pipeline/wanted.ts'
export type { Entries, LogStorage, LogStream } from './storage.ts'
export { createLogStore, type LogEntry, type LogStore, LogStoreError } from './store/memory.ts'
export { OtlpError, readLogs } from './store/otlp.ts'
