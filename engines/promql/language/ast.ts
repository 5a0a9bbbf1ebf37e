/** The tree a query parses to. Times and durations are milliseconds; a span is a range of offsets in the query's text. */

export interface Span {
  start: number
  end: number
}

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string'

export type MatchOperator = '=' | '!=' | '=~' | '!~'

export interface LabelMatcher {
  name: string
  operator: MatchOperator
  value: string
}

/** `@ 1609746000`, `@ start()`, `@ end()`. */
export type AtModifier = { kind: 'time'; time: number } | { kind: 'start' } | { kind: 'end' }

/** What a selector or a subquery is shifted by: `@` first, then the offset back from it. */
export interface TimeShift {
  /** Positive looks into the past. */
  offset: number
  at: AtModifier | undefined
}

export interface NumberLiteral {
  kind: 'number'
  value: number
  /** Written as a duration such as `1h`, whose value is in seconds; only printing cares. */
  isDuration?: boolean
  span: Span
}

export interface StringLiteral {
  kind: 'string'
  value: string
  span: Span
}

export interface Paren {
  kind: 'paren'
  inner: Expr
  span: Span
}

export interface Unary {
  kind: 'unary'
  operator: '+' | '-'
  operand: Expr
  span: Span
}

export interface VectorSelector {
  kind: 'selector'
  /** The metric's name as it stood before the braces, if it did; `matchers` then hold it as `__name__` too. */
  name: string | undefined
  matchers: readonly LabelMatcher[]
  shift: TimeShift
  span: Span
}

/** A selector with a range, `x[5m]`; `@` and offset stand on the selector. */
export interface MatrixSelector {
  kind: 'range'
  selector: VectorSelector
  range: number
  span: Span
}

export interface Subquery {
  kind: 'subquery'
  inner: Expr
  range: number
  /** Undefined takes the engine's default step. */
  step: number | undefined
  shift: TimeShift
  span: Span
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2'
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<='
export type SetOperator = 'and' | 'or' | 'unless'
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator

export interface VectorMatching {
  /** `on` matches by these labels only, `ignoring` by all the others. */
  on: boolean
  labels: readonly string[]
  cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  /** Labels that group_left or group_right takes over from the "one" side. */
  include: readonly string[]
}

export interface Binary {
  kind: 'binary'
  operator: BinaryOperator
  left: Expr
  right: Expr
  /** `bool` on a comparison: 0 or 1 in place of a filter. */
  returnBool: boolean
  /** Present exactly when both sides are vectors; without a written modifier it is `ignoring ()`. */
  matching: VectorMatching | undefined
  span: Span
}

export interface Call {
  kind: 'call'
  name: string
  args: readonly Expr[]
  span: Span
}

export interface Aggregation {
  kind: 'aggregation'
  operator: AggregationOperator
  /** The k of topk and bottomk, the φ of quantile, the label of count_values. */
  parameter: Expr | undefined
  inner: Expr
  without: boolean
  grouping: readonly string[]
  span: Span
}

export type AggregationOperator =
  | 'sum'
  | 'avg'
  | 'count'
  | 'min'
  | 'max'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'quantile'
  | 'count_values'

export type Expr =
  | NumberLiteral
  | StringLiteral
  | Paren
  | Unary
  | Binary
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
