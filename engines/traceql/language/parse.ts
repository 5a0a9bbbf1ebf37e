/**
 * Parses TraceQL as Tempo's grammar has it. The grammar reads a parenthesis in six ways, which differ in what may stand
 * around it: `({ .a } && { .b })` is a spanset and may be piped on, `({ .a } | { .b })` may not. What was read is
 * therefore kept with its form until what follows has shown whether it fits.
 */

import type * as Ast from './ast.ts'
import { calculate } from './calculate.ts'
import { intrinsicNames } from './intrinsics.ts'
import { refusal } from './refusal.ts'
import { type Token, tokenize } from './tokens.ts'
import {
  asNumber,
  duration,
  exact,
  float,
  int,
  isFalse,
  isTrue,
  kinds,
  statuses,
  string,
  type Value,
} from './value.ts'

/** The forms a part of a query has. */
type Unit =
  | { form: 'spansets'; node: Ast.SpansetExpression }
  /** Numbers alone, already computed. */
  | { form: 'constant'; node: Ast.Static }
  /** With at least one aggregate. */
  | { form: 'scalar'; node: Ast.ScalarExpression }
  /** One element or several, joined by `|`. */
  | { form: 'pipeline'; node: Ast.Pipeline }
  /** Pipelines in parentheses, joined by operators. */
  | { form: 'joined pipelines'; node: Ast.SpansetExpression }
  /** A pipeline that ends in an aggregate. */
  | { form: 'scalar pipeline'; node: Ast.Pipeline }
  | { form: 'joined scalar pipelines'; node: Ast.ScalarExpression }
  /** Series over time; joined by operators where they are in parentheses. */
  | { form: 'metrics'; node: Ast.MetricsExpression }
type Form = Unit['form']

const everyForm: readonly Form[] = [
  ...(['spansets', 'constant', 'scalar', 'pipeline', 'joined pipelines', 'scalar pipeline'] as const),
  ...(['joined scalar pipelines', 'metrics'] as const),
]
/** What may stand between two `|`. */
const elementForms: readonly Form[] = ['spansets', 'constant', 'scalar']
/** What an operator may have at its right, by what it has at its left. */
const joins: { [form in Form]?: readonly Form[] } = {
  constant: ['constant', 'scalar', 'metrics'],
  scalar: ['constant', 'scalar'],
  metrics: ['constant', 'metrics'],
  'joined scalar pipelines': ['joined scalar pipelines'],
}

const spansetOperators: readonly string[] = [
  ...['&&', '||', '>', '<', '>>', '<<', '~'],
  ...['!>', '!<', '!>>', '!<<', '!~', '&>', '&<', '&>>', '&<<', '&~'],
]
const comparisons: readonly string[] = ['=', '!=', '<', '<=', '>', '>=']
const aggregates: readonly string[] = ['count', 'min', 'max', 'avg', 'sum']
const metricsFunctions: readonly string[] = [
  ...['rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time'],
  ...['quantile_over_time', 'histogram_over_time', 'compare'],
]

/** How tightly operators bind; `^` alone groups to the right. */
const strengths: { [operator: string]: number } = {
  '&&': 1,
  '||': 1,
  ...Object.fromEntries([...comparisons, '=~', '!~'].map(each => [each, 2])),
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
}
const minusStrength = 3
const notStrength = 4
/** Deeper and longer ones are refused before they exhaust the stack. */
const deepest = 500
const mostChained = 1000

export function parse(query: string): Ast.Query {
  const tokens = tokenize(query)
  let at = 0
  let depth = 0

  // ---- tokens

  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!
  const isSymbol = (text: string, ahead = 0) => {
    const token = peek(ahead)
    return token.kind === 'symbol' && token.text === text
  }
  const symbolOf = (among: readonly string[]): string | undefined => {
    const token = peek()
    return token.kind === 'symbol' && among.includes(token.text) ? token.text : undefined
  }
  const wordOf = (among?: readonly string[]): string | undefined => {
    const token = peek()
    return token.kind === 'word' && (among?.includes(token.text) ?? true) ? token.text : undefined
  }
  const take = () => tokens[at++]!
  const placeFrom = (start: number): Ast.Place => ({ start, end: tokens[Math.max(0, at - 1)]!.end })

  function fail(expected: string, token = peek()): never {
    const got =
      token.kind === 'end' ? 'the end of the query' : query.slice(token.start, token.end) || 'nothing'
    throw refusal(query, token, 'parse', `expected ${expected}, got ${got}`)
  }

  function expect(symbol: string): void {
    if (!isSymbol(symbol)) fail(symbol)
    at++
  }

  function nested<T>(read: () => T): T {
    if (++depth > deepest)
      throw refusal(query, peek(), 'parse', `expected at most ${deepest} levels of nesting`)
    const result = read()
    depth--
    return result
  }

  /** Operators in a row, which nest to the left. */
  function countChained(count: number): void {
    if (count > mostChained)
      throw refusal(query, peek(), 'parse', `expected at most ${mostChained} operators in a row`)
  }

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
      at++
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
    at++
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
      at++
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

  function filter(): Ast.SpansetFilter {
    const { start } = peek()
    expect('{')
    const condition = isSymbol('}') ? undefined : field(0)
    expect('}')
    return { kind: 'filter', condition, place: placeFrom(start) }
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
    at++
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
      left = joined(op, left, right) ?? fail(`an operator between ${left.form} and ${right.form}`, sign)
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
      at++
      const operand = nested(() =>
        isSymbol('(') ? (parenthesis(['constant']).node as Ast.Static) : signedNumber(),
      )
      if (operand === undefined) return fail('a number')
      return { kind: 'static', value: negative(operand.value), place: placeFrom(start) }
    }
    if (token.kind !== 'int' && token.kind !== 'float' && token.kind !== 'duration') return undefined
    at++
    return { kind: 'static', value: numberOf(token), place: token }
  }

  function joined(op: Ast.Arithmetic, left: Unit, right: Unit): Unit | undefined {
    const place = placeFrom(left.node.place.start)
    const isSimple = op !== '%' && op !== '^'
    if (left.form === 'constant' && right.form === 'constant' && isSimple)
      return { form: 'constant', node: { kind: 'static', value: computed(op, left.node, right.node), place } }
    if (left.form === 'metrics' && right.form === 'metrics' && isSimple)
      return {
        form: 'metrics',
        node: { kind: 'metrics math', op, left: left.node, right: right.node, place },
      }
    if (left.form === 'metrics' && right.form === 'constant' && isSimple)
      return { form: 'metrics', node: scaling(op, left.node, right.node, false, place) }
    if (left.form === 'constant' && right.form === 'metrics' && isSimple)
      return { form: 'metrics', node: scaling(op, right.node, left.node, true, place) }
    const form = left.form === 'joined scalar pipelines' ? left.form : 'scalar'
    if (
      left.form === 'metrics' ||
      right.form === 'metrics' ||
      (left.form === 'constant' && right.form === 'constant')
    )
      return undefined
    const sides = { left: left.node as Ast.ScalarExpression, right: right.node as Ast.ScalarExpression }
    return { form, node: { kind: 'scalars', op, ...sides, place } }
  }

  function computed(op: Ast.Arithmetic, left: Ast.Static, right: Ast.Static): Value {
    for (const side of [left, right])
      if (side.value.type === 'duration')
        throw refusal(query, side.place, 'parse', 'expected a number in arithmetic, got a duration')
    const result = calculate(op, left.value, right.value)
    if (typeof result !== 'string') return result
    throw refusal(query, right.place, 'parse', `expected a number that can be divided by, got ${result}`)
  }

  function scaling(
    op: Ast.Arithmetic,
    operand: Ast.MetricsExpression,
    { value, place: numberPlace }: Ast.Static,
    isNumberLeft: boolean,
    place: Ast.Place,
  ): Ast.MetricsExpression {
    if (value.type === 'duration')
      throw refusal(query, numberPlace, 'parse', 'expected a number beside series, got a duration')
    return { kind: 'metrics scaling', op, operand, number: asNumber(value), isNumberLeft, place }
  }

  function aggregate(): Ast.Aggregate {
    const { start } = peek()
    const op = (take() as { text: string }).text as Ast.Aggregate['op']
    expect('(')
    const operand = op === 'count' ? undefined : field(0)
    expect(')')
    return { kind: 'aggregate', op, operand, place: placeFrom(start) }
  }

  // ---- metrics

  function staged(operand: Ast.MetricsExpression): Ast.MetricsExpression {
    const stages = [...secondStageList()]
    if (stages.length === 0) return operand
    return { kind: 'metrics stages', operand, stages, place: placeFrom(operand.place.start) }
  }

  function metricsFunction(): Ast.MetricsAggregate | Ast.Compare {
    const { start } = peek()
    const op = (take() as { text: string }).text as Ast.MetricsFunction | 'compare'
    expect('(')
    if (op === 'compare') return compareTo(start)
    const takesNothing = op === 'rate' || op === 'count_over_time'
    const attribute = takesNothing ? undefined : attributeOrFail()
    const quantiles: number[] = []
    if (op === 'quantile_over_time') {
      do {
        if (quantiles.length === 0 || isSymbol(',')) expect(',')
        const token = take()
        if (token.kind !== 'int' && token.kind !== 'float') fail('a number such as 0.99', token)
        quantiles.push(Number(token.value))
      } while (isSymbol(','))
    }
    expect(')')
    let by: Ast.Attribute[] = []
    if (wordOf(['by']) !== undefined) {
      at++
      expect('(')
      by = attributeList()
      expect(')')
    }
    return { kind: 'metrics', op, attribute, quantiles, by, place: placeFrom(start) }
  }

  /** `compare({ … })`, with the number of values, and then a start and an end in nanoseconds. */
  function compareTo(start: number): Ast.Compare {
    const selection = filter()
    const numbers: number[] = []
    while (isSymbol(',') && numbers.length < 3) {
      at++
      const token = take()
      if (token.kind !== 'int') fail('a whole number', token)
      numbers.push(Number(token.value))
    }
    if (numbers.length === 2) fail(', and an end')
    expect(')')
    return { kind: 'compare', selection, numbers, place: placeFrom(start) }
  }

  function* secondStageList(): Generator<Ast.SecondStage> {
    for (;;) {
      const { start } = peek()
      const op = symbolOf(comparisons) as Ast.Comparison | undefined
      if (op !== undefined) {
        at++
        const value = arithmetic(operand(['constant']), ['constant']).node as Ast.Static
        yield { kind: 'metrics filter', op, value, place: placeFrom(start) }
      } else if (isSymbol('|')) {
        at++
        const kind = wordOf(['topk', 'bottomk']) as 'topk' | 'bottomk' | undefined
        if (kind === undefined) return fail('topk or bottomk')
        at++
        expect('(')
        const limit = take()
        if (limit.kind !== 'int') return fail('a whole number', limit)
        expect(')')
        yield { kind, limit: Number(limit.value), place: placeFrom(start) }
      } else return
    }
  }

  function hintList(): Ast.Hint[] {
    const hints: Ast.Hint[] = []
    at++
    expect('(')
    do {
      if (hints.length > 0) expect(',')
      const name = wordOf()
      if (name === undefined || isReserved(name)) return fail('the name of a hint such as most_recent')
      at++
      expect('=')
      const value = staticValue()
      if (value === undefined) return fail('a value such as true')
      hints.push({ name, value: value.value })
    } while (isSymbol(','))
    expect(')')
    return hints
  }

  // ---- fields

  function field(least: number): Ast.FieldExpression {
    return nested(() => {
      let left = fieldTerm()
      for (let count = 1; ; count++) {
        countChained(count)
        const token = peek()
        const op =
          token.kind === 'symbol' && token.text in strengths ? (token.text as Ast.FieldOperator) : undefined
        if (op === undefined || strengths[op]! < least) return left
        at++
        if ((op === '=' || op === '!=') && wordOf(['nil']) !== undefined) {
          at++
          left = unary(op === '=' ? 'missing' : 'exists', left, left.place.start)
          continue
        }
        const right = field(strengths[op]! + (op === '^' ? 0 : 1))
        left = { kind: 'binary', op, left, right, place: placeFrom(left.place.start) }
      }
    })
  }

  function unary(op: Ast.FieldUnary['op'], operand: Ast.FieldExpression, start: number): Ast.FieldUnary {
    return { kind: 'unary', op, operand, place: placeFrom(start) }
  }

  function fieldTerm(): Ast.FieldExpression {
    const { start } = peek()
    if (isSymbol('(')) {
      at++
      const inner = field(0)
      expect(')')
      return { ...inner, place: placeFrom(start) }
    }
    if (isSymbol('-')) {
      at++
      return unary('-', field(minusStrength + 1), start)
    }
    if (isSymbol('!')) {
      at++
      return unary('!', field(notStrength + 1), start)
    }
    if (wordOf(['nil']) !== undefined) return nilComparison()
    return attribute() ?? staticValue() ?? fail('an attribute such as span.foo, a value, (, - or !')
  }

  /** `nil = span.foo`; nil is nothing on its own. */
  function nilComparison(): Ast.FieldExpression {
    const { start } = take()
    const op = symbolOf(['=', '!='])
    if (op === undefined) return fail('= or !=')
    at++
    if (wordOf(['nil']) === undefined) return unary(op === '=' ? 'missing' : 'exists', field(3), start)
    at++
    return { kind: 'static', value: isFalse, place: placeFrom(start) }
  }

  function attributeOrFail(): Ast.Attribute {
    return attribute() ?? fail('an attribute such as span.foo')
  }

  function attributeList(): Ast.Attribute[] {
    const attributes = [attributeOrFail()]
    while (isSymbol(',')) {
      at++
      attributes.push(attributeOrFail())
    }
    return attributes
  }

  function attribute(): Ast.Attribute | undefined {
    const token = peek()
    const { start } = token
    if (token.kind === 'scope') {
      at++
      const ofParent = token.text === 'parent.'
      const scoped = ofParent && peek().kind === 'scope' ? (take() as { text: string }) : token
      const name = take() as Token & { kind: 'name' }
      if (name.start === name.end) fail('the name of an attribute', { ...peek(), start: name.start })
      const scope = (
        scoped.text === '.' || scoped.text === 'parent.' ? 'none' : scoped.text.slice(0, -1)
      ) as Ast.Scope
      return {
        kind: 'attribute',
        scope,
        name: name.text,
        isIntrinsic: false,
        ofParent,
        place: placeFrom(start),
      }
    }
    if (token.kind !== 'word') return undefined
    const isScoped = token.text.endsWith(':')
    const next = peek(1)
    const spelling = isScoped ? token.text + (next.kind === 'word' ? next.text : '') : token.text
    const name = intrinsicNames.get(spelling)
    if (name === undefined) {
      if (!isScoped) return undefined
      at++
      return fail(`an intrinsic of ${token.text} such as ${exampleOf(token.text)}`)
    }
    at += isScoped ? 2 : 1
    return {
      kind: 'attribute',
      scope: 'none',
      name,
      isIntrinsic: true,
      ofParent: false,
      place: placeFrom(start),
    }
  }

  function staticValue(): Ast.Static | undefined {
    const token = peek()
    const value = literalOf(token)
    if (value === undefined) return undefined
    at++
    return { kind: 'static', value, place: token }
  }

  return root()
}

function exampleOf(scope: string): string {
  for (const spelling of intrinsicNames.keys())
    if (spelling.startsWith(scope)) return spelling.slice(scope.length)
  return 'name'
}

const values: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', isTrue],
  ['false', isFalse],
  ['minInt', int(-(2n ** 63n))],
  ['maxInt', int(2n ** 63n - 1n)],
  ...statuses.map((name, value): [string, Value] => [name, { type: 'status', value }]),
  ...kinds.map((name, value): [string, Value] => [name, { type: 'kind', value }]),
])

function literalOf(token: Token): Value | undefined {
  if (token.kind === 'string') return string(token.text)
  if (token.kind === 'word') return values.get(token.text)
  return token.kind === 'int' || token.kind === 'float' || token.kind === 'duration'
    ? numberOf(token)
    : undefined
}

function numberOf(token: Token & { kind: 'int' | 'float' | 'duration' }): Value {
  if (token.kind === 'float') return float(token.value)
  return token.kind === 'int' ? int(token.value) : duration(token.value)
}

function negative(value: Value): Value {
  if (value.type === 'float') return float(-value.value)
  const number = (value as { value: number | bigint }).value
  return { type: value.type as 'int', value: exact(typeof number === 'bigint' ? -number : 0 - number) }
}

const reserved = new Set([
  ...[...values.keys()].filter(name => !/Int$/.test(name)),
  ...intrinsicNames.keys(),
  ...['nil', 'by', 'coalesce', 'select', 'with', 'topk', 'bottomk', 'id', 'traceID', 'spanID', 'parentID'],
  ...['rootService', 'childCount', 'timeSinceStart', 'version'],
  ...aggregates,
  ...metricsFunctions,
])

/** A word of the language cannot name a hint. */
function isReserved(name: string): boolean {
  return reserved.has(name) || name.endsWith(':')
}
