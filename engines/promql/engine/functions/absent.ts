import { type Labels, labelsOf, metricName, noLabels } from '../../../labels.ts'
import { type LabelMatcher, predicateOf } from '../../../matchers.ts'
import { computed, eachColumn, unlessEmpty, type VectorSeries } from '../../../vectors/grid.ts'
import type { Expr } from '../../language/ast.ts'
import type { Evaluation } from '../evaluation.ts'
import { windowSource } from '../selectors.ts'
import { windowFinder } from '../windows.ts'
import { type CallArguments, define, refuseEdges } from './function.ts'

/** 1 where no series has a point, under the labels the selector asks for. */
export const absentFunctions = {
  absent: define(['vector'], {
    random: ['selector'],
    call(args) {
      const present = new Uint8Array(args.grid.count)
      for (const { column } of eachColumn(args.vector(0)))
        for (let i = 0; i < present.length; i++) present[i]! |= column.present[i]!
      return oneWhereNot(present, args)
    },
  }),
  absent_over_time: define(['matrix'], {
    random: ['range'],
    call(args) {
      const { evaluation, grid } = args
      const source = windowSource(evaluation, args.args[0]!, grid)
      refuseEdges(source, args.name)
      const find = windowFinder(evaluation, source, grid)
      const present = new Uint8Array(grid.count)
      for (const { read } of source.series) {
        const { first, last } = find(read())
        for (let i = 0; i < grid.count; i++) if (last[i]! > first[i]!) present[i] = 1
      }
      return oneWhereNot(present, args)
    },
  }),
}

function oneWhereNot(present: Uint8Array, { evaluation, args: [arg] }: CallArguments): VectorSeries[] {
  const column = unlessEmpty({
    values: new Float64Array(present.length).fill(1),
    present: present.map(one => 1 - one),
  })
  return column === undefined ? [] : [computed(labelsAsked(arg!, evaluation.semantics), column)]
}

function labelsAsked(arg: Expr, semantics: Evaluation['semantics']): Labels {
  if (arg.kind === 'paren') return labelsAsked(arg.inner, semantics)
  const selector = arg.kind === 'range' ? arg.selector : arg
  return selector.kind === 'selector' ? labelsOfMatchers(inOrder(selector.matchers, semantics)) : noLabels
}

/** Prometheus 3 reads the matchers as its storage has left them: those that only take series away come last. */
function inOrder(
  matchers: readonly LabelMatcher[],
  semantics: Evaluation['semantics'],
): readonly LabelMatcher[] {
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
