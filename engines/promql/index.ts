/**
 * PromQL in one process, in Node or in a browser: a store, queries over it, rules, and files to fill it from. Nothing
 * here does I/O; data-file.ts, store/snapshot-file.ts and serve/ do.
 */

export type { Limits } from '../budget.ts'
export { type Labels, labelsOf, printLabels } from '../labels.ts'
export { QueryError } from '../query-error.ts'
export { parse } from './engine/parse.ts'
export { instantQuery, rangeQuery } from './engine/query.ts'
export type { InstantResult, QueryOptions, RangeResult } from './engine/results.ts'
export { format, print } from './language/print.ts'
export { createEvaluator, type Evaluator } from './rules/evaluate.ts'
export { RuleFileError, type RuleGroup } from './rules/groups.ts'
export { loadRules } from './rules/load.ts'
export type { Samples, Series, Storage } from './storage.ts'
export { SnapshotError } from './store/bytes.ts'
export { createStore, type Store, StoreError, type StoreOptions } from './store/memory.ts'
export { decodeSnapshot, encodeSnapshot } from './store/snapshot.ts'
export { MetricsError, metricsReader, readMetrics } from './text/openmetrics.ts'
