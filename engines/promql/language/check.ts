import { predicateOf } from '../../matchers.ts'
import { parseError, type Span } from '../../query-error.ts'
import { isComparison, isSetOperator } from '../../vectors/operators.ts'
import {
  type Aggregation,
  aggregations,
  type Binary,
  type Call,
  type Expr,
  type ValueType,
  type VectorSelector,
} from './ast.ts'

/** Deeper trees are refused, because evaluating and printing recurse into them and the stack is limited. */
export const deepest = 500

/** The type a checked expression evaluates to. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'paren':
      return typeOf(expr.inner)
    case 'unary':
      return typeOf(expr.operand)
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector'
    case 'selector':
    case 'aggregation':
      return 'vector'
    case 'range':
    case 'subquery':
      return 'matrix'
    case 'call':
      return expr.signature.returns
  }
}

/**
 * Checks the types of a tree as the parser made it, once. It writes into the tree how operators match vectors: `and`
 * many to many, and not at all where a side is a scalar.
 */
export function check(query: string, expr: Expr, depth = 1): ValueType {
  if (depth > deepest)
    throw parseError(query, expr.span, `expected at most ${deepest} levels of nesting, got more`)
  const below = (inner: Expr) => check(query, inner, depth + 1)
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'paren':
      return below(expr.inner)
    case 'unary': {
      const type = below(expr.operand)
      if (type === 'scalar' || type === 'vector') return type
      throw parseError(
        query,
        expr.span,
        `expected a scalar or an instant vector after "${expr.operator}", got ${named[type]}`,
      )
    }
    case 'binary':
      return checkBinary(query, expr, below(expr.left), below(expr.right))
    case 'selector':
      checkSelector(query, expr)
      return 'vector'
    case 'range':
      checkSelector(query, expr.selector)
      return 'matrix'
    case 'subquery':
      expect(query, expr.inner, below(expr.inner), 'vector', 'a subquery')
      return 'matrix'
    case 'call':
      return checkCall(query, expr, below)
    case 'aggregation':
      checkAggregation(query, expr, below)
      return 'vector'
  }
}

const named: Record<ValueType, string> = {
  scalar: 'a scalar',
  vector: 'an instant vector',
  matrix: 'a range vector',
  string: 'a string',
}

function expect(query: string, expr: Expr, found: ValueType, wanted: ValueType, place: string): void {
  if (found !== wanted)
    throw parseError(query, expr.span, `expected ${named[wanted]} in ${place}, got ${named[found]}`)
}

function checkBinary(query: string, binary: Binary, left: ValueType, right: ValueType): ValueType {
  const { operator, matching } = binary
  const operatorSpan = operatorSpanOf(query, binary)
  const isSet = isSetOperator(operator)
  for (const [side, type] of [
    [binary.left, left],
    [binary.right, right],
  ] as const)
    if (type !== 'scalar' && type !== 'vector')
      throw parseError(
        query,
        side.span,
        `expected a scalar or an instant vector beside "${operator}", got ${named[type]}`,
      )
  if (binary.returnBool && !isComparison(operator))
    throw parseError(
      query,
      operatorSpan,
      `expected "bool" only after a comparison, got it after "${operator}"`,
    )
  if (isComparison(operator) && !binary.returnBool && left === 'scalar' && right === 'scalar')
    throw parseError(query, operatorSpan, `expected "${operator} bool" between scalars, got "${operator}"`)
  if (matching === undefined) throw new Error('Cannot check a tree twice: expected it as the parser made it')
  const both = matching.on ? matching.labels.find(label => matching.include.includes(label)) : undefined
  if (both !== undefined)
    throw parseError(
      query,
      operatorSpan,
      `expected a label either in on or in group_left and group_right, got "${both}" in both`,
    )
  if (left === 'vector' && right === 'vector') {
    if (isSet && matching.cardinality !== 'one-to-one')
      throw parseError(query, operatorSpan, `expected no group_left or group_right with "${operator}"`)
    if (isSet && matching.fill !== undefined)
      throw parseError(query, operatorSpan, `expected no fill with "${operator}"`)
    if (isSet) binary.matching = { ...matching, cardinality: 'many-to-many' }
    return 'vector'
  }
  if (isSet)
    throw parseError(
      query,
      operatorSpan,
      `expected instant vectors on both sides of "${operator}", got a scalar`,
    )
  if (matching.fill !== undefined)
    throw parseError(query, operatorSpan, 'expected fill only between instant vectors, got a scalar')
  if (matching.labels.length > 0)
    throw parseError(
      query,
      operatorSpan,
      'expected on and ignoring only between instant vectors, got a scalar',
    )
  binary.matching = undefined
  return left === 'scalar' && right === 'scalar' ? 'scalar' : 'vector'
}

/** Where the operator stands with its modifiers, such as `+ on (job)`, without the spaces around them. */
function operatorSpanOf(query: string, { left, right }: Binary): Span {
  const between = query.slice(left.span.end, right.span.start)
  const start = left.span.end + between.length - between.trimStart().length
  return { start, end: Math.max(start + 1, right.span.start - between.length + between.trimEnd().length) }
}

function checkSelector(query: string, selector: VectorSelector): void {
  const { name, matchers } = selector
  const names = matchers.filter(matcher => matcher.name === '__name__')
  if (name !== undefined && names.length > 1)
    throw parseError(
      query,
      selector.span,
      `expected one name of the metric, got "${name}" and "${names[0]!.value}"`,
    )
  const isNarrow = matchers.some(matcher => !predicateOf(matcher)(''))
  if (name === undefined && !isNarrow)
    throw parseError(
      query,
      selector.span,
      'expected at least one matcher that does not match an empty value, got a selector of every series',
    )
}

function checkCall(query: string, call: Call, below: (inner: Expr) => ValueType): ValueType {
  const { parameters, optional, returns } = call.signature
  const isRepeated = optional === 'repeated'
  const least = parameters.length - (isRepeated ? 1 : optional)
  const most = isRepeated ? Number.POSITIVE_INFINITY : parameters.length
  const count = call.args.length
  if (count < least || count > most) {
    const wanted = least === most ? `${least}` : isRepeated ? `at least ${least}` : `${least} to ${most}`
    throw parseError(query, call.span, `expected ${wanted} argument(s) of ${call.name}(), got ${count}`)
  }
  call.args.forEach((arg, index) => {
    const wanted = parameters[Math.min(index, parameters.length - 1)]!
    expect(query, arg, below(arg), wanted, `argument ${index + 1} of ${call.name}()`)
  })
  return returns
}

function checkAggregation(query: string, aggregation: Aggregation, below: (inner: Expr) => ValueType): void {
  const { operator, parameter, inner } = aggregation
  const wanted = aggregations[operator]
  if (parameter !== undefined && wanted !== undefined)
    expect(query, parameter, below(parameter), wanted, `the parameter of ${operator}()`)
  expect(query, inner, below(inner), 'vector', `${operator}()`)
}
