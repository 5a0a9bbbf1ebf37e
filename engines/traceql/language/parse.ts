/**
 * Parses TraceQL as Tempo's grammar has it. The grammar reads a parenthesis in six ways, which differ in what may stand
 * around it: `({ .a } && { .b })` is a spanset and may be piped on, `({ .a } | { .b })` may not. What was read is
 * therefore kept with its form until what follows has shown whether it fits.
 */

import type * as Ast from './ast.ts'
import { cursorOver } from './cursor.ts'
import { fieldParser } from './parse-fields.ts'
import { metricsParser } from './parse-metrics.ts'
import { refusal } from './refusal.ts'
import { elementForms, everyForm, type Form, joined, joins, type Unit } from './units.ts'
import { aggregates, comparisons, metricsFunctions, negative, numberOf, strengths } from './words.ts'

const spansetOperators: readonly string[] = [
  ...['&&', '||', '>', '<', '>>', '<<', '~'],
  ...['!>', '!<', '!>>', '!<<', '!~', '&>', '&<', '&>>', '&<<', '&~'],
]

export function parse(query: string): Ast.Query {
  const cursor = cursorOver(query)
  const { peek, isSymbol, symbolOf, wordOf, take, skip, placeFrom, fail, expect, nested, countChained } =
    cursor
  const fields = fieldParser(cursor)
  const { filter, field, attributeList } = fields
  const constant = () => arithmetic(operand(['constant']), ['constant']).node as Ast.Static
  const { staged, metricsFunction, hintList } = metricsParser(cursor, fields, constant)

  // ---- the query

  function root(): Ast.Query {
    const found = chain(everyForm, true)
    let query:
      | Pick<Ast.Query & { kind: 'metrics' }, 'kind' | 'expression'>
      | { kind: 'search'; pipeline: Ast.Pipeline }
    if (found.form === 'metrics') query = { kind: 'metrics', expression: staged(found.node) }
    else if (found.form === 'pipeline') query = { kind: 'search', pipeline: found.node }
    else query = { kind: 'search', pipeline: pipelineOf([found.node as Ast.PipelineElement]) }
    let hints: Ast.Hint[] = []
    while (wordOf(['with']) !== undefined) hints = hintList()
    if (peek().kind === 'end') return { ...query, hints }
    return fail(`${found.form === 'pipeline' ? '| or with' : 'with'} or the end of the query`)
  }

  /** A whole query or what stands in parentheses. A comparison of scalar pipelines is allowed at the root alone. */
  function chain(allowed: readonly Form[], isRoot: boolean): Unit {
    const first = unit(allowed)
    if (first.form === 'joined scalar pipelines' && isRoot)
      return { form: 'joined pipelines', node: pipelineOf([scalarPipelineFilter(first)]) }
    if (
      first.form === 'joined scalar pipelines' ||
      first.form === 'joined pipelines' ||
      first.form === 'metrics'
    )
      return first
    if (!isRoot && isSymbol(')') && first.form !== 'pipeline') return first
    const { start } = first.node.place
    const elements: Ast.PipelineElement[] = []
    if (first.form === 'scalar' || first.form === 'constant') elements.push(scalarFilter(first))
    else if (first.form === 'pipeline') elements.push(...first.node.elements)
    else elements.push(first.node as Ast.SpansetExpression)
    const pipeline = () => ({ ...pipelineOf(elements), place: placeFrom(start) })
    while (isSymbol('|')) {
      skip()
      if (wordOf(metricsFunctions) !== undefined) {
        const node = { kind: 'metrics query' as const, pipeline: pipeline() }
        const aggregate = metricsFunction()
        return { form: 'metrics', node: staged({ ...node, aggregate, place: placeFrom(start) }) }
      }
      if (!isRoot && wordOf(aggregates) !== undefined) {
        const aggregated = aggregate()
        elements.push(aggregated)
        if (isSymbol(')')) return { form: 'scalar pipeline', node: pipeline() }
        elements[elements.length - 1] = scalarFilter(
          arithmetic({ form: 'scalar', node: aggregated }, elementForms),
        )
      } else elements.push(element())
    }
    return { form: 'pipeline', node: pipeline() }
  }

  /** What a chain starts with: an element, or parentheses joined by operators. */
  function unit(allowed: readonly Form[]): Unit {
    const found = isSymbol('(') ? parenthesis(allowed) : start()
    if (found.form === 'spansets') return { form: 'spansets', node: spansets(found.node, spansetTerm) }
    if (found.form === 'joined pipelines') return { form: found.form, node: spansets(found.node, joinedTerm) }
    return joins[found.form] === undefined ? found : arithmetic(found, allowed)
  }

  function start(): Unit {
    if (isSymbol('{')) return { form: 'spansets', node: filter() }
    if (wordOf(['by', 'select']) !== undefined) return { form: 'pipeline', node: pipelineOf([element()]) }
    return number(elementForms) ?? fail('{, (, by, select or an aggregate such as count()')
  }

  function parenthesis(allowed: readonly Form[]): Unit {
    const { start } = peek()
    expect('(')
    const inner = nested(() => chain(everyForm, false))
    const closed = closedForm(inner, allowed)
    if (closed === undefined || !isSymbol(')')) return fail(inner.form === 'pipeline' ? ') or |' : ')')
    expect(')')
    return { ...closed, node: { ...closed.node, place: placeFrom(start) } } as Unit
  }

  function closedForm(inner: Unit, allowed: readonly Form[]): Unit | undefined {
    if (allowed.includes(inner.form) && inner.form !== 'pipeline' && inner.form !== 'scalar pipeline')
      return inner
    const asPipelines = allowed.includes('joined pipelines')
    if (inner.form === 'pipeline' && asPipelines) return { form: 'joined pipelines', node: inner.node }
    if (inner.form === 'spansets' && asPipelines)
      return { form: 'joined pipelines', node: pipelineOf([inner.node]) }
    if (inner.form === 'scalar pipeline' && allowed.includes('joined scalar pipelines'))
      return { form: 'joined scalar pipelines', node: inner.node }
    return undefined
  }

  // ---- pipelines

  function pipelineOf(elements: Ast.PipelineElement[]): Ast.Pipeline {
    const place = { start: elements[0]!.place.start, end: elements.at(-1)!.place.end }
    return { kind: 'pipeline', elements, place }
  }

  function element(): Ast.PipelineElement {
    const { start } = peek()
    const word = wordOf(['by', 'coalesce', 'select'])
    if (word === undefined) {
      if (!isSymbol('(') && !isSymbol('{') && !isNumberStart())
        return fail(
          '{, (, by, coalesce, select, an aggregate such as count(), or a metrics function such as rate()',
        )
      const found = unit(elementForms)
      return found.form === 'spansets' ? found.node : scalarFilter(found)
    }
    skip()
    expect('(')
    if (word === 'coalesce') {
      expect(')')
      return { kind: 'coalesce', place: placeFrom(start) }
    }
    if (word === 'select') {
      const attributes = attributeList()
      expect(')')
      return { kind: 'select', attributes, place: placeFrom(start) }
    }
    const expression = field(0)
    expect(')')
    return { kind: 'by', expression, place: placeFrom(start) }
  }

  // ---- spansets

  /** Operators of one kind of operand; `&&` and `||` bind less than the structural ones. */
  function spansets(
    left: Ast.SpansetExpression,
    term: () => Ast.SpansetExpression,
    least = 1,
  ): Ast.SpansetExpression {
    let result = left
    for (let count = 1; ; count++) {
      countChained(count)
      const op = symbolOf(spansetOperators) as Ast.SpansetOperator | undefined
      const strength = op === '&&' || op === '||' ? 1 : 2
      if (op === undefined || strength < least) return result
      skip()
      const right = spansets(term(), term, strength + 1)
      result = { kind: 'spansets', op, left: result, right, place: placeFrom(result.place.start) }
    }
  }

  function spansetTerm(): Ast.SpansetExpression {
    if (isSymbol('{')) return filter()
    if (!isSymbol('(')) fail('{ or (')
    return parenthesis(['spansets']).node as Ast.SpansetExpression
  }

  function joinedTerm(): Ast.SpansetExpression {
    if (!isSymbol('(')) fail('a pipeline in parentheses')
    return parenthesis(['joined pipelines']).node as Ast.SpansetExpression
  }

  // ---- numbers

  function isNumberStart(): boolean {
    const { kind } = peek()
    const isNumber = kind === 'int' || kind === 'float' || kind === 'duration'
    return isNumber || isSymbol('-') || (wordOf(aggregates) !== undefined && isSymbol('(', 1))
  }

  function scalarFilter(left: Unit): Ast.ScalarFilter {
    const op = comparison()
    const right = arithmetic(operand(elementForms), elementForms)
    if (left.form === 'constant' && right.form === 'constant')
      throw refusal(
        query,
        placeFrom(left.node.place.start),
        'parse',
        'expected an aggregate at one side, got numbers',
      )
    return filterOf(op, left, right)
  }

  function scalarPipelineFilter(left: Unit): Ast.ScalarFilter {
    const op = comparison()
    const forms: readonly Form[] = ['constant', 'joined scalar pipelines']
    return filterOf(op, left, arithmetic(operand(forms), forms))
  }

  function filterOf(op: Ast.Comparison, left: Unit, right: Unit): Ast.ScalarFilter {
    const sides = { left: left.node as Ast.ScalarExpression, right: right.node as Ast.ScalarExpression }
    return { kind: 'scalar filter', op, ...sides, place: placeFrom(left.node.place.start) }
  }

  function comparison(): Ast.Comparison {
    const op = symbolOf(comparisons) as Ast.Comparison | undefined
    if (op === undefined) return fail('a comparison such as > 1')
    skip()
    return op
  }

  /** Operators over numbers, aggregates, pipelines that end in one, or series. */
  function arithmetic(first: Unit, allowed: readonly Form[], least = 0): Unit {
    let left = first
    for (let count = 1; ; count++) {
      countChained(count)
      const op = symbolOf(['+', '-', '*', '/', '%', '^']) as Ast.Arithmetic | undefined
      if (op === undefined || strengths[op]! < least) return left
      const sign = take()
      const forms = joins[left.form]!.filter(form => allowed.includes(form))
      const right = nested(() => arithmetic(operand(forms), forms, strengths[op]! + (op === '^' ? 0 : 1)))
      left =
        joined(query, op, left, right, placeFrom(left.node.place.start)) ??
        fail(`an operator between ${left.form} and ${right.form}`, sign)
    }
  }

  function operand(forms: readonly Form[]): Unit {
    return (
      (isSymbol('(') ? parenthesis(forms) : number(forms)) ??
      fail(forms.includes('scalar') ? 'a number, an aggregate such as count(), or (' : 'a number or (')
    )
  }

  /** An aggregate or a constant, with its signs. */
  function number(forms: readonly Form[]): Unit | undefined {
    if (forms.includes('scalar') && wordOf(aggregates) !== undefined && isSymbol('(', 1))
      return { form: 'scalar', node: aggregate() }
    const node = forms.includes('constant') ? signedNumber() : undefined
    return node && { form: 'constant', node }
  }

  function signedNumber(): Ast.Static | undefined {
    const token = peek()
    const { start } = token
    if (isSymbol('-')) {
      skip()
      const operand = nested(() =>
        isSymbol('(') ? (parenthesis(['constant']).node as Ast.Static) : signedNumber(),
      )
      if (operand === undefined) return fail('a number')
      return { kind: 'static', value: negative(operand.value), place: placeFrom(start) }
    }
    if (token.kind !== 'int' && token.kind !== 'float' && token.kind !== 'duration') return undefined
    skip()
    return { kind: 'static', value: numberOf(token), place: token }
  }

  function aggregate(): Ast.Aggregate {
    const { start } = peek()
    const op = (take() as { text: string }).text as Ast.Aggregate['op']
    expect('(')
    const operand = op === 'count' ? undefined : field(0)
    expect(')')
    return { kind: 'aggregate', op, operand, place: placeFrom(start) }
  }

  return root()
}
