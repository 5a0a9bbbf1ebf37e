/** Spansets through filters, operators, groups and aggregates, one trace at a time. */

import { QueryError } from '../../query-error.ts'
import type { Aggregate, Comparison, Pipeline, PipelineElement } from '../language/ast.ts'
import { tempoText } from '../language/tempo-text.ts'
import { allows } from '../language/types.ts'
import {
  asNumber,
  compare,
  duration,
  equal,
  exact,
  float,
  type Int,
  int,
  match,
  type Value,
} from '../language/value.ts'
import type { Candidate } from './candidate.ts'
import { compileField, type Evaluate } from './expression.ts'
import { related } from './structure.ts'

export interface Spanset {
  spans: Candidate[]
  /** From by() and aggregates, by the text of their expression. */
  attributes: { name: string; value: Value }[]
  /** What the last aggregate gave. */
  scalar?: Value
}

type Stage = (spansets: Spanset[]) => Spanset[]

export function compilePipeline({ elements }: Pipeline): Stage {
  const stages = elements.map(compileElement)
  return spansets => {
    let result = spansets
    for (const stage of stages) {
      result = stage(result)
      if (result.length === 0) return []
    }
    return result
  }
}

function compileElement(element: PipelineElement): Stage {
  switch (element.kind) {
    case 'filter':
      return element.condition === undefined ? withSpans : compileFilter(compileField(element.condition))
    case 'spansets':
      return compileOperation(element.op, compileElement(element.left), compileElement(element.right))
    case 'pipeline':
      return compilePipeline(element)
    case 'scalar filter': {
      // Validation leaves nothing else.
      if (element.left.kind !== 'aggregate' || element.right.kind !== 'static')
        throw new QueryError(
          'execution',
          'Cannot run the query: expected an aggregate compared with a number',
        )
      const [aggregate, bound] = [compileAggregate(element.left), element.right.value]
      return spansets => aggregate(spansets).filter(({ scalar }) => holds(element.op, scalar!, bound))
    }
    case 'by':
      return compileGroup(`by(${tempoText(element.expression)})`, compileField(element.expression))
    case 'coalesce':
      return spansets => [{ spans: spansets.flatMap(({ spans }) => spans), attributes: [] }]
    case 'select':
      return spansets => spansets
    case 'aggregate':
      return compileAggregate(element)
  }
}

const withSpans: Stage = spansets => spansets.filter(({ spans }) => spans.length > 0)

/** Where every span passes, the spanset stays the same object, which structural operators sort in place. */
function compileFilter(condition: Evaluate): Stage {
  return spansets => {
    const result: Spanset[] = []
    for (const spanset of spansets) {
      const spans = spanset.spans.filter(span => {
        const value = condition(span)
        return value.type === 'boolean' && value.value
      })
      if (spans.length > 0)
        result.push(spans.length === spanset.spans.length ? spanset : { ...spanset, spans })
    }
    return result
  }
}

function compileOperation(op: Parameters<typeof related>[0], left: Stage, right: Stage): Stage {
  const result = (spanset: Spanset, spans: Candidate[]) => (spans.length === 0 ? [] : [{ ...spanset, spans }])
  return spansets =>
    spansets.flatMap(spanset => {
      const [lefts, rights] = [left([spanset]), right([spanset])]
      if (op === '&&' && (lefts.length === 0 || rights.length === 0)) return []
      if (op === '&&' || op === '||') return result(spanset, unique(lefts, rights))
      if (rights.length === 0) return []
      if (lefts.length > 1 || rights.length > 1)
        throw new QueryError(
          'execution',
          `Cannot relate spansets with ${op}: expected one for each trace at each side, got groups; use coalesce()`,
        )
      return result(spanset, related(op, lefts[0]?.spans ?? [], rights[0]!.spans))
    })
}

/** The smaller side first. */
function unique(left: Spanset[], right: Spanset[]): Candidate[] {
  const [lefts, rights] = [left.flatMap(({ spans }) => spans), right.flatMap(({ spans }) => spans)]
  const [smaller, larger] = lefts.length < rights.length ? [lefts, rights] : [rights, lefts]
  const known = new Set(smaller)
  return [...smaller, ...larger.filter(span => !known.has(span))]
}

function compileGroup(name: string, expression: Evaluate): Stage {
  return spansets =>
    spansets.flatMap(({ spans, attributes }) => {
      const groups = new Map<string, Spanset>()
      for (const span of spans) {
        const value = expression(span)
        const key = groupKey(value)
        let group = groups.get(key)
        if (group === undefined) {
          group = { spans: [], attributes: [...attributes, { name, value }] }
          groups.set(key, group)
        }
        group.spans.push(span)
      }
      return [...groups.values()]
    })
}

/** Values of different types are different groups. */
function groupKey(value: Value): string {
  return value.type === 'nil' ? 'nil' : `${value.type} ${value.value}`
}

function compileAggregate({ op, operand, place }: Aggregate): Stage {
  const name = tempoText({ kind: 'aggregate', op, operand, place })
  const evaluate = operand && compileField(operand)
  const scalarOf = ({ spans }: Spanset): Value | undefined => {
    if (evaluate === undefined) return int(spans.length)
    let result: Value | undefined
    let count = 0
    for (const span of spans) {
      const value = evaluate(span)
      if (value.type === 'nil') continue
      count++
      if (result === undefined) result = value
      else if (op === 'max') result = compare(value, result) > 0 ? value : result
      else if (op === 'min') result = compare(value, result) < 0 ? value : result
      else result = sum(result, value)
    }
    return op === 'avg' && result !== undefined ? divided(result, count) : result
  }
  return spansets =>
    spansets.flatMap(spanset => {
      const scalar = scalarOf(spanset)
      if (scalar === undefined) return []
      return [{ ...spanset, scalar, attributes: [...spanset.attributes, { name, value: scalar }] }]
    })
}

/** What has another type than the first value is left out. */
function sum(total: Value, value: Value): Value {
  if (total.type === 'float' && value.type === 'float') return float(total.value + value.value)
  if (total.type !== value.type || (total.type !== 'int' && total.type !== 'duration')) return total
  const added = addInts(total.value, (value as { value: Int }).value)
  return total.type === 'int' ? int(added) : duration(added)
}

function addInts(one: Int, other: Int): Int {
  if (typeof one === 'number' && typeof other === 'number' && Number.isSafeInteger(one + other))
    return one + other
  return exact(BigInt(one) + BigInt(other))
}

/** A negative whole number is read as one of 64 bits without a sign, as in Tempo. */
function divided(value: Value, count: number): Value {
  if (value.type === 'int') {
    const unsigned = value.value < 0 ? Number(BigInt.asUintN(64, BigInt(value.value))) : Number(value.value)
    return float(unsigned / count)
  }
  if (value.type === 'duration') return duration(exact(BigInt(value.value) / BigInt(count)))
  return value.type === 'float' ? float(value.value / count) : value
}

/** A list, which the least of lists may be, is neither more nor less than a number. */
function holds(op: Comparison, scalar: Value, bound: Value): boolean {
  if (!match(scalar.type, bound.type) || !allows(scalar.type, op) || !allows(bound.type, op)) return false
  if (op === '=' || op === '!=') return equal(scalar, bound) === (op === '=')
  const [a, b] = [asNumber(scalar), asNumber(bound)]
  return op === '>' ? a > b : op === '>=' ? a >= b : op === '<' ? a < b : a <= b
}
