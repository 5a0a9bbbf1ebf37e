/** What a LogQL query consists of, as Loki 3.7 reads it. */

import type { LabelMatcher } from '../../matchers.ts'
import type { Span } from '../../query-error.ts'
import type { ComparisonOperator, VectorMatching } from '../../vectors/operators.ts'

export type { LabelMatcher, Span, VectorMatching }

/**
 * Which Loki to answer as: 3.7, or the one after it, which has mistakes of 3.7 put right: chains of line filters with
 * ip(…), rate_counter, averages of infinities, short IPv6 addresses at the end of a line.
 */
export type Semantics = '3.7' | 'next'

export type Expr = LogExpr | MetricExpr

/** `{app="shop"} |= "error" | json`: lines of streams, sent through stages. */
export interface LogExpr {
  kind: 'logs'
  matchers: readonly LabelMatcher[]
  stages: readonly Stage[]
  span: Span
}

export type MetricExpr =
  | RangeAggregation
  | VectorAggregation
  | Binary
  | LabelReplace
  /** `vector(1)` */
  | { kind: 'vector'; value: number; span: Span }
  | { kind: 'number'; value: number; span: Span }

export interface RangeAggregation {
  kind: 'range'
  operator: RangeOperator
  /** Of quantile_over_time. */
  parameter: number | undefined
  logs: LogExpr
  unwrap: Unwrap | undefined
  /** Milliseconds. */
  range: number
  /** Nanoseconds. */
  offset: number
  grouping: Grouping | undefined
  span: Span
}

/** `| unwrap duration(took) | __error__=""` */
export interface Unwrap {
  label: string
  conversion: Conversion | undefined
  /** Filters after the value is read. */
  filters: readonly LabelFilter[]
}

export type Conversion = 'bytes' | 'duration' | 'duration_seconds'

export interface VectorAggregation {
  kind: 'aggregation'
  operator: VectorOperator
  /** How many series topk and bottomk keep. */
  parameter: number | undefined
  inner: MetricExpr
  grouping: Grouping
  span: Span
}

export interface Grouping {
  without: boolean
  labels: readonly string[]
}

export interface Binary {
  kind: 'binary'
  operator: BinaryOperator
  returnBool: boolean
  matching: VectorMatching
  left: MetricExpr
  right: MetricExpr
  span: Span
}

export interface LabelReplace {
  kind: 'label_replace'
  inner: MetricExpr
  target: string
  replacement: string
  source: string
  pattern: string
  span: Span
}

export type Stage =
  | LineFilter
  | { kind: 'label filter'; filter: LabelFilter; span: Span }
  | { kind: 'json'; expressions: readonly Extraction[]; span: Span }
  | { kind: 'logfmt'; expressions: readonly Extraction[]; strict: boolean; keepEmpty: boolean; span: Span }
  | { kind: 'regexp' | 'pattern'; pattern: string; span: Span }
  | { kind: 'unpack' | 'decolorize'; span: Span }
  | { kind: 'line_format'; template: string; span: Span }
  | { kind: 'label_format'; formats: readonly LabelFormat[]; span: Span }
  | { kind: 'drop' | 'keep'; labels: readonly NamedMatcher[]; span: Span }

/** `|= "a" or "b"`: with a negated operator none of them may be in the line. */
export interface LineFilter {
  kind: 'line filter'
  operator: LineOperator
  alternatives: readonly { text: string; isIp: boolean }[]
  span: Span
}

export type LineOperator = '|=' | '!=' | '|~' | '!~' | '|>' | '!>'

/** `took=request.duration`: a label, and where in the line its value is. */
export interface Extraction {
  label: string
  expression: string
}

export interface LabelFormat {
  label: string
  /** A template, or the name of the label to take the value of. */
  from: { template: string } | { label: string }
}

/** A label by name alone, or where it has a certain value. */
export interface NamedMatcher {
  name: string
  matcher: LabelMatcher | undefined
}

export type LabelFilter =
  | { kind: 'and' | 'or'; left: LabelFilter; right: LabelFilter }
  | { kind: 'matcher'; matcher: LabelMatcher }
  | { kind: 'ip'; label: string; operator: '=' | '!='; pattern: string; span: Span }
  /** Durations in nanoseconds. */
  | { kind: 'number' | 'duration' | 'bytes'; label: string; operator: Comparison; value: number }

export type Comparison = ComparisonOperator

export type RangeOperator =
  | 'count_over_time'
  | 'rate'
  | 'rate_counter'
  | 'bytes_over_time'
  | 'bytes_rate'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'stdvar_over_time'
  | 'stddev_over_time'
  | 'quantile_over_time'
  | 'first_over_time'
  | 'last_over_time'
  | 'absent_over_time'

export type VectorOperator =
  | 'sum'
  | 'avg'
  | 'count'
  | 'max'
  | 'min'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'sort'
  | 'sort_desc'

export type BinaryOperator = 'or' | 'and' | 'unless' | Comparison | '+' | '-' | '*' | '/' | '%' | '^'
