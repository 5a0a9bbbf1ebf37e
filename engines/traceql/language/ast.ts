/** A parsed TraceQL query. */

import type { Span as Place } from '../../query-error.ts'
import type { Value } from './value.ts'

/** Where in the query something stands, for errors. */
export type { Place }

export type Scope = 'none' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation'

export interface Attribute {
  kind: 'attribute'
  scope: Scope
  /** For an intrinsic, as Tempo prints it: `rootServiceName` for `trace:rootService`. */
  name: string
  isIntrinsic: boolean
  /** `parent.x`, which Tempo parses and does not support. */
  ofParent: boolean
  place: Place
}

export interface Static {
  kind: 'static'
  value: Value
  place: Place
}

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='
export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^'
export type Logic = '&&' | '||'
/** The last four have no syntax: `.a = 1 || .a = 2` is turned into `.a in [1, 2]`. */
export type FieldOperator = Comparison | Arithmetic | Logic | '=~' | '!~' | ArrayOperator
export type ArrayOperator = 'in' | 'not in' | 'match any' | 'match none'

export interface FieldBinary {
  kind: 'binary'
  op: FieldOperator
  left: FieldExpression
  right: FieldExpression
  place: Place
}

export interface FieldUnary {
  kind: 'unary'
  op: '-' | '!' | 'exists' | 'missing'
  operand: FieldExpression
  place: Place
}

export type FieldExpression = Attribute | Static | FieldBinary | FieldUnary

export interface SpansetFilter {
  kind: 'filter'
  /** Undefined for `{ }`, which takes every span. */
  condition: FieldExpression | undefined
  place: Place
}

type Relation = '>' | '>>' | '<' | '<<' | '~'
export type SpansetOperator = Logic | Relation | `!${Relation}` | `&${Relation}`

export interface SpansetOperation {
  kind: 'spansets'
  op: SpansetOperator
  left: SpansetExpression
  right: SpansetExpression
  place: Place
}

/** A pipeline is one where it stands in parentheses. */
export type SpansetExpression = SpansetFilter | SpansetOperation | Pipeline

export interface Aggregate {
  kind: 'aggregate'
  op: 'count' | 'min' | 'max' | 'avg' | 'sum'
  /** Undefined for `count()`. */
  operand: FieldExpression | undefined
  place: Place
}

export interface ScalarOperation {
  kind: 'scalars'
  op: Arithmetic
  left: ScalarExpression
  right: ScalarExpression
  place: Place
}

/** A pipeline is one where it ends in an aggregate, in parentheses. */
export type ScalarExpression = Aggregate | ScalarOperation | Static | Pipeline

export interface ScalarFilter {
  kind: 'scalar filter'
  op: Comparison
  left: ScalarExpression
  right: ScalarExpression
  place: Place
}

export interface Group {
  kind: 'by'
  expression: FieldExpression
  place: Place
}

export interface Coalesce {
  kind: 'coalesce'
  place: Place
}

export interface Select {
  kind: 'select'
  attributes: Attribute[]
  place: Place
}

export type PipelineElement = SpansetExpression | ScalarFilter | Group | Coalesce | Select | Aggregate

export interface Pipeline {
  kind: 'pipeline'
  elements: PipelineElement[]
  place: Place
}

export type MetricsFunction =
  | 'rate'
  | 'count_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'quantile_over_time'
  | 'histogram_over_time'

export interface MetricsAggregate {
  kind: 'metrics'
  op: MetricsFunction
  attribute: Attribute | undefined
  /** Of `quantile_over_time` alone. */
  quantiles: number[]
  by: Attribute[]
  place: Place
}

export interface Compare {
  kind: 'compare'
  selection: SpansetFilter
  /** How many values, and the time range of the selection. */
  numbers: number[]
  place: Place
}

export type SecondStage =
  | { kind: 'topk' | 'bottomk'; limit: number; place: Place }
  | { kind: 'metrics filter'; op: Comparison; value: Static; place: Place }

/** Series from spans, combined: `({ status = error } | rate()) / ({ } | rate()) * 100 > 5`. */
export type MetricsExpression =
  | { kind: 'metrics query'; pipeline: Pipeline; aggregate: MetricsAggregate | Compare; place: Place }
  | {
      kind: 'metrics math'
      op: Arithmetic
      left: MetricsExpression
      right: MetricsExpression
      place: Place
    }
  | {
      kind: 'metrics scaling'
      op: Arithmetic
      operand: MetricsExpression
      number: number
      /** `1 / series` and not `series / 1`. */
      isNumberLeft: boolean
      place: Place
    }
  | { kind: 'metrics stages'; operand: MetricsExpression; stages: SecondStage[]; place: Place }

export interface Hint {
  name: string
  value: Value
}

export type Query = { hints: Hint[] } & (
  | { kind: 'search'; pipeline: Pipeline }
  | { kind: 'metrics'; expression: MetricsExpression }
)
