/** Reads queries by the grammar of their language: where they go wrong, which metrics and labels they name. */
import { parser as logql } from '@grafana/lezer-logql'
import { parser as traceql } from '@grafana/lezer-traceql'
import type { SyntaxNode, Tree } from '@lezer/common'
import { parser as promql } from '@prometheus-io/lezer-promql'

export type Language = 'promql' | 'logql' | 'traceql'

const parsers = { promql, logql, traceql }

interface SyntaxProblem {
  at: number
  near: string
}

/** The first place the grammar does not accept, or undefined. */
export function syntaxProblem(language: Language, query: string): SyntaxProblem | undefined {
  let problem: SyntaxProblem | undefined
  parsed(language, query).iterate({
    enter: node => {
      if ((node.type.isError || misplacedModifier(node.node)) && problem === undefined)
        problem = { at: node.from, near: query.slice(Math.max(0, node.from - 12), node.to + 12) }
    },
  })
  return problem ?? (query.trim() === '' ? { at: 0, near: '' } : undefined)
}

export interface Name {
  text: string
  from: number
  to: number
}

export interface Selector {
  metric: Name
  matchers: { label: Name; operator: string; value: Name }[]
  /** The function around a range selector, or undefined for an instant one. */
  range?: { duration: string; within: string | undefined }
}

/** Every vector selector of a PromQL query. */
export function selectors(query: string): Selector[] {
  const found: Selector[] = []
  parsed('promql', query)
    .cursor()
    .iterate(node => {
      if (node.name === 'VectorSelector') found.push(readSelector(query, node.node))
    })
  return found
}

/** Labels named outside of selectors: in by, without, on, ignoring and group_left, with the selectors they act on. */
export function groupings(query: string): { label: Name; over: Selector[] }[] {
  const found: { label: Name; over: Selector[] }[] = []
  const all = selectors(query)
  parsed('promql', query)
    .cursor()
    .iterate(node => {
      if (node.name !== 'GroupingLabels') return
      const expression = enclosing(node.node, ['AggregateExpr', 'BinaryExpr'])
      const over = all.filter(
        ({ metric }) =>
          expression === undefined || (metric.from >= expression.from && metric.to <= expression.to),
      )
      for (const label of node.node.getChildren('LabelName')) found.push({ label: name(query, label), over })
    })
  return found
}

/** The sides of the outermost `or`, any of which is a query of its own. */
export function alternatives(query: string): string[] {
  const split = (node: SyntaxNode): SyntaxNode[] =>
    node.name === 'BinaryExpr' && node.getChild('Or')
      ? [...split(node.firstChild!), ...split(node.lastChild!)]
      : [node]
  const top = parsed('promql', query).topNode.firstChild
  return top === null ? [query] : split(top).map(({ from, to }) => query.slice(from, to))
}

/** Grafana's variables stand where the grammar wants a duration or a name; a stand-in of the same length keeps every offset. */
function withoutVariables(query: string): string {
  return query
    .replace(/\$__(rate_interval|interval|range|auto)\b/g, found => `${'1'.repeat(found.length - 1)}m`)
    .replace(
      /\$\{(\w+)(:\w+)?\}|\$(\w+)/g,
      (found, _braced, _format, _plain, offset: number, whole: string) =>
        insideString(whole, offset) ? found : '1'.repeat(found.length),
    )
}

/** The editor's grammar lets offset and @ follow any expression; Prometheus wants a selector or a subquery there. */
function misplacedModifier(node: SyntaxNode): boolean {
  if (node.name !== 'OffsetExpr' && node.name !== 'StepInvariantExpr') return false
  const modified = node.firstChild?.name ?? ''
  return !['VectorSelector', 'MatrixSelector', 'SubqueryExpr', 'OffsetExpr', 'StepInvariantExpr'].includes(
    modified,
  )
}

let last: { language: Language; query: string; tree: Tree } | undefined

/** A query is asked for its syntax, its selectors and its groupings, one after the other. */
function parsed(language: Language, query: string): Tree {
  if (last?.language !== language || last.query !== query)
    last = { language, query, tree: parsers[language].parse(withoutVariables(query)) }
  return last.tree
}

function readSelector(query: string, node: SyntaxNode): Selector {
  const identifier = node.getChild('Identifier')
  const metric = identifier ? name(query, identifier) : { text: '', from: node.from, to: node.from }
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map(
    matcher => {
      const value = matcher.getChild('StringLiteral')!
      const operator = matcher.getChild('MatchOp')!
      return {
        label: name(query, matcher.getChild('LabelName')!),
        operator: query.slice(operator.from, operator.to),
        value: { text: query.slice(value.from + 1, value.to - 1), from: value.from + 1, to: value.to - 1 },
      }
    },
  )
  const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : undefined
  if (matrix === undefined) return { metric, matchers }
  const call = enclosing(matrix, ['FunctionCall'])?.getChild('FunctionIdentifier')
  const duration = /\[([^\]]*)\]\s*$/.exec(query.slice(matrix.from, matrix.to))?.[1] ?? ''
  return { metric, matchers, range: { duration, within: call ? query.slice(call.from, call.to) : undefined } }
}

function enclosing(node: SyntaxNode, kinds: readonly string[]): SyntaxNode | undefined {
  for (let at = node.parent; at !== null; at = at.parent) if (kinds.includes(at.name)) return at
  return undefined
}

function name(query: string, { from, to }: SyntaxNode): Name {
  return { text: query.slice(from, to), from, to }
}

function insideString(query: string, offset: number): boolean {
  let quote = ''
  for (let at = 0; at < offset; at++) {
    const character = query[at]!
    if (quote === '') quote = '"`\''.includes(character) ? character : ''
    else if (character === '\\') at++
    else if (character === quote) quote = ''
  }
  return quote !== ''
}
