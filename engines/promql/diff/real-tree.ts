import type { LabelMatcher } from '../../matchers.ts'
import { functions } from '../engine/functions/table.ts'
import type { Expr, TimeShift } from '../language/ast.ts'
import { print } from '../language/print.ts'

/** A tree in the form Prometheus' /api/v1/parse_query answers, to compare the two. */
export function realTree(expr: Expr): unknown {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: print({ ...expr, isDuration: false }) }
    case 'string':
      return { type: 'stringLiteral', val: expr.value }
    case 'paren':
      return { type: 'parenExpr', expr: realTree(expr.inner) }
    case 'unary':
      return { type: 'unaryExpr', op: expr.operator, expr: realTree(expr.operand) }
    case 'selector':
      return {
        type: 'vectorSelector',
        name: expr.name ?? '',
        matchers: realMatchers(expr.matchers),
        ...realShift(expr.shift),
      }
    case 'range': {
      const { name, matchers, shift } = expr.selector
      return {
        type: 'matrixSelector',
        name: name ?? '',
        range: expr.range,
        matchers: realMatchers(matchers),
        ...realShift(shift),
      }
    }
    case 'subquery':
      return {
        type: 'subquery',
        expr: realTree(expr.inner),
        range: expr.range,
        step: expr.step ?? 0,
        ...realShift(expr.shift),
      }
    case 'binary': {
      const { matching, operator, returnBool } = expr
      return {
        type: 'binaryExpr',
        op: operator,
        bool: returnBool,
        lhs: realTree(expr.left),
        rhs: realTree(expr.right),
        matching: matching === undefined ? null : realMatching(matching),
      }
    }
    case 'call': {
      const { parameters, optional, returns } = functions.get(expr.name)!
      const variadic = optional === 'repeated' ? -1 : optional
      return {
        type: 'call',
        func: { name: expr.name, argTypes: parameters, variadic, returnType: returns },
        args: expr.args.map(realTree),
      }
    }
    case 'aggregation':
      return {
        type: 'aggregation',
        op: expr.operator,
        expr: realTree(expr.inner),
        param: expr.parameter === undefined ? null : realTree(expr.parameter),
        grouping: expr.grouping,
        without: expr.without,
      }
  }
}

function realMatching({ cardinality, ...rest }: NonNullable<Extract<Expr, { kind: 'binary' }>['matching']>) {
  return { card: cardinality, ...rest }
}

function realMatchers(matchers: readonly LabelMatcher[]): unknown {
  return matchers.map(({ name, operator, value }) => ({ name, type: operator, value }))
}

function realShift({ offset, at }: TimeShift) {
  const startOrEnd = at === undefined || at.kind === 'time' ? null : at.kind
  return { offset, timestamp: at?.kind === 'time' ? at.time : null, startOrEnd }
}
