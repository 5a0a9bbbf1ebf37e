/** The tree a query parses to. Times and durations are milliseconds; a span is a range of offsets in the query's text. */

import type { LabelMatcher } from '../../matchers.ts'
import type { Span } from '../../query-error.ts'
import type { Operation } from '../../vectors/operators.ts'

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string'

/** What a function takes and returns. */
export interface Signature {
  parameters: readonly ValueType[]
  /** How many parameters at the end may be left out; `'repeated'` lets the last one come any number of times, or none. */
  optional: number | 'repeated'
  returns: ValueType
  isExperimental: boolean
}

/** `@ 1609746000`, `@ start()`, `@ end()`. */
type AtModifier = { kind: 'time'; time: number } | { kind: 'start' } | { kind: 'end' }

/** What a selector or a subquery is shifted by: `@` first, then the offset back from it. */
export interface TimeShift {
  /** Positive looks into the past. */
  offset: number
  /** `offset (step() * 2)`, from which the offset is computed when the query is asked. */
  offsetExpr?: DurationExpr
  at: AtModifier | undefined
}

interface NumberLiteral {
  kind: 'number'
  value: number
  /** Written as a duration such as `1h`, whose value is in seconds; only printing cares. */
  isDuration?: boolean
  span: Span
}

/** Arithmetic on durations in seconds: `5m + 1m`, `-step()`, `min_of(range(), 1h)`. A `-` with one operand is a sign. */
export interface DurationArithmetic {
  kind: 'duration'
  operator: '+' | '-' | '*' | '/' | '%' | '^' | 'step' | 'range' | 'min_of' | 'max_of'
  operands: readonly DurationExpr[]
  isInParentheses?: boolean
  span: Span
}

export type DurationExpr = NumberLiteral | DurationArithmetic

interface StringLiteral {
  kind: 'string'
  value: string
  span: Span
}

interface Paren {
  kind: 'paren'
  inner: Expr
  span: Span
}

interface Unary {
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
  /** `anchored` and `smoothed` take samples beside the range, or between which its edges lie, into account. */
  edges?: 'anchored' | 'smoothed'
  span: Span
}

/** A selector with a range, `x[5m]`; `@` and offset stand on the selector. */
interface MatrixSelector {
  kind: 'range'
  selector: VectorSelector
  range: number
  rangeExpr?: DurationExpr
  span: Span
}

export interface Subquery {
  kind: 'subquery'
  inner: Expr
  range: number
  rangeExpr?: DurationExpr
  /** Undefined takes the engine's default step. */
  step: number | undefined
  stepExpr?: DurationExpr
  shift: TimeShift
  span: Span
}

export interface Binary extends Operation {
  kind: 'binary'
  left: Expr
  right: Expr
  span: Span
}

export interface Call {
  kind: 'call'
  name: string
  signature: Signature
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

/** Each aggregation, with the type of the parameter it takes before the vector. */
export const aggregations = {
  sum: undefined,
  avg: undefined,
  count: undefined,
  min: undefined,
  max: undefined,
  group: undefined,
  stddev: undefined,
  stdvar: undefined,
  topk: 'scalar',
  bottomk: 'scalar',
  quantile: 'scalar',
  count_values: 'string',
  limitk: 'scalar',
  limit_ratio: 'scalar',
} as const satisfies Record<string, ValueType | undefined>

export type AggregationOperator = keyof typeof aggregations

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

/** The parts of an expression, in the order they are written. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'paren':
    case 'subquery':
      return [expr.inner]
    case 'unary':
      return [expr.operand]
    case 'binary':
      return [expr.left, expr.right]
    case 'range':
      return [expr.selector]
    case 'call':
      return expr.args
    case 'aggregation':
      return expr.parameter === undefined ? [expr.inner] : [expr.parameter, expr.inner]
    default:
      return []
  }
}

/** The expression and all of its parts. */
export function* nodesOf(expr: Expr): Generator<Expr> {
  yield expr
  for (const child of childrenOf(expr)) yield* nodesOf(child)
}

/** The node with other children, in the order of `childrenOf`. */
export function withChildren(expression: Expr, children: readonly Expr[]): Expr {
  const [first, second] = children
  switch (expression.kind) {
    case 'paren':
    case 'subquery':
      return { ...expression, inner: first! }
    case 'unary':
      return { ...expression, operand: first! }
    case 'binary':
      return { ...expression, left: first!, right: second! }
    case 'call':
      return { ...expression, args: children }
    case 'aggregation':
      return expression.parameter === undefined
        ? { ...expression, inner: first! }
        : { ...expression, parameter: first, inner: second! }
    case 'range':
      return { ...expression, selector: first as VectorSelector }
    default:
      return expression
  }
}
