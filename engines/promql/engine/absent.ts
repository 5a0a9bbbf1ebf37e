import { predicateOf } from '../../regex/regex.ts'
import { type Labels, labelsOf, metricName, noLabels } from '../labels.ts'
import type { Expr, LabelMatcher } from '../language/ast.ts'
import { computed, type Grid, unlessEmpty, type VectorSeries } from './column.ts'
import type { Run } from './run.ts'
import { windowSource } from './selectors.ts'
import { windowFinder } from './windows.ts'

/** 1 where no series has a point, under the labels the selector asks for. */
export function absent(run: Run, arg: Expr, series: readonly VectorSeries[], grid: Grid): VectorSeries[] {
  const present = new Uint8Array(grid.count)
  for (const { compute } of series) {
    const column = compute()
    if (column !== undefined) for (let i = 0; i < grid.count; i++) present[i]! |= column.present[i]!
  }
  return oneWhereNot(run, present, arg)
}

export function absentOverTime(run: Run, arg: Expr, grid: Grid): VectorSeries[] {
  const source = windowSource(run, arg, grid)
  const find = windowFinder(run, source, grid)
  const present = new Uint8Array(grid.count)
  for (const { read } of source.series) {
    const { first, last } = find(read())
    for (let i = 0; i < grid.count; i++) if (last[i]! > first[i]!) present[i] = 1
  }
  return oneWhereNot(run, present, arg)
}

function oneWhereNot(run: Run, present: Uint8Array, arg: Expr): VectorSeries[] {
  const column = unlessEmpty({
    values: new Float64Array(present.length).fill(1),
    present: present.map(one => 1 - one),
  })
  return column === undefined ? [] : [computed(labelsAsked(arg, run.semantics), column)]
}

function labelsAsked(arg: Expr, semantics: Run['semantics']): Labels {
  switch (arg.kind) {
    case 'paren':
      return labelsAsked(arg.inner, semantics)
    case 'selector':
      return labelsOfMatchers(inOrder(arg.matchers, semantics))
    case 'range':
      return labelsOfMatchers(inOrder(arg.selector.matchers, semantics))
    default:
      return noLabels
  }
}

/** Prometheus 3 reads the matchers as its storage has left them: those that only take series away come last. */
function inOrder(matchers: readonly LabelMatcher[], semantics: Run['semantics']): readonly LabelMatcher[] {
  if (semantics === 'prometheus-2') return matchers
  const acceptEmpty = new Map(matchers.map(matcher => [matcher, predicateOf(matcher)('')]))
  const needed = new Set(matchers.filter(matcher => !acceptEmpty.get(matcher)).map(({ name }) => name))
  const takesAway = (matcher: LabelMatcher) =>
    !needed.has(matcher.name) || (matcher.operator.startsWith('!') && acceptEmpty.get(matcher) === true)
  return [...matchers.filter(matcher => !takesAway(matcher)), ...matchers.filter(takesAway)]
}

/** Those with one `=` matcher; a second matcher of any kind on the same label takes it away. */
function labelsOfMatchers(matchers: readonly LabelMatcher[]): Labels {
  const asked = new Map<string, string>()
  const seen = new Set<string>()
  for (const { name, operator, value } of matchers) {
    if (name === metricName) continue
    if (operator === '=' && !seen.has(name)) {
      asked.set(name, value)
      seen.add(name)
    } else asked.delete(name)
  }
  return labelsOf(asked)
}
