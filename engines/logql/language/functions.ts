/** Which aggregations there are and what they may be given: one table each, for the parser, checks and fuzzing. */

import type { RangeOperator, VectorOperator } from './ast.ts'

interface RangeFunction {
  /** Of lines, of the values that `unwrap` reads, or of either. */
  of: 'lines' | 'values' | 'both'
  takesGrouping: boolean
}

const lines: RangeFunction = { of: 'lines', takesGrouping: false }
const either: RangeFunction = { of: 'both', takesGrouping: false }
const values: RangeFunction = { of: 'values', takesGrouping: false }
const grouped: RangeFunction = { of: 'values', takesGrouping: true }

export const rangeFunctions: ReadonlyMap<RangeOperator, RangeFunction> = new Map<
  RangeOperator,
  RangeFunction
>([
  ['count_over_time', lines],
  ['bytes_over_time', lines],
  ['bytes_rate', lines],
  ['rate', either],
  ['absent_over_time', either],
  ['rate_counter', values],
  ['sum_over_time', values],
  ['avg_over_time', grouped],
  ['min_over_time', grouped],
  ['max_over_time', grouped],
  ['stdvar_over_time', grouped],
  ['stddev_over_time', grouped],
  ['quantile_over_time', grouped],
  ['first_over_time', grouped],
  ['last_over_time', grouped],
])

/** Each aggregation over series, and whether it takes a number first. */
export const vectorFunctions: ReadonlyMap<VectorOperator, boolean> = new Map<VectorOperator, boolean>([
  ['sum', false],
  ['avg', false],
  ['count', false],
  ['max', false],
  ['min', false],
  ['stddev', false],
  ['stdvar', false],
  ['sort', false],
  ['sort_desc', false],
  ['topk', true],
  ['bottomk', true],
])

/** What Loki knows besides, and why it is refused here. */
export const refused: ReadonlyMap<string, string> = new Map([
  ['approx_topk', 'an estimate that a Loki of several shards makes'],
  ['variants', 'an experiment that Loki has switched off'],
])

/** Words that are no name of a label: the lexer of Loki takes them for keywords wherever they stand. */
export const keywords: ReadonlySet<string> = new Set([
  'by',
  'without',
  'bool',
  'offset',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'or',
  'and',
  'unless',
  'json',
  'regexp',
  'logfmt',
  'unpack',
  'pattern',
  'label_format',
  'line_format',
  'decolorize',
  'drop',
  'keep',
  'unwrap',
  'variants',
  'of',
])

/** Words that are keywords only where a bracket or a grouping follows. */
export const functionWords: ReadonlySet<string> = new Set([
  ...rangeFunctions.keys(),
  ...vectorFunctions.keys(),
  'approx_topk',
  'vector',
  'label_replace',
  'bytes',
  'duration',
  'duration_seconds',
  'ip',
])
