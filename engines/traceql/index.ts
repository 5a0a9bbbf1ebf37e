/** TraceQL in process: parse, print and run queries over traces in memory. */

export { type MetricsOptions, type MetricsResult, queryRange } from './engine/metrics.ts'
export { type SearchOptions, type SearchResult, search } from './engine/search.ts'
export { metricsJson, resourceSpansJson, searchJson } from './json.ts'
export { parse } from './language/parse.ts'
export { format, print } from './language/print.ts'
export { Refusal } from './language/refusal.ts'
export { validate } from './language/validate.ts'
export { batchesOf, readRequest, TraceDataError } from './otlp/read.ts'
export type { Span, Trace, TraceStorage } from './storage.ts'
export { createTraceStore, type TraceStore } from './store/memory.ts'
