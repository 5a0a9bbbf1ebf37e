import { compileRegex, expandTemplate, type Regex } from '../../regex/regex.ts'
import type { Labels } from '../labels.ts'
import type { Expr } from '../language/ast.ts'
import { mapSeries, mergeEqual, type VectorSeries } from './column.ts'
import { stringOf } from './evaluate.ts'
import { setLabels } from './label-sets.ts'
import { QueryError } from './result.ts'

export function labelReplace(
  series: readonly VectorSeries[],
  args: readonly Expr[],
): readonly VectorSeries[] {
  const [target, template, source, pattern] = args.slice(1).map(stringOf) as [string, string, string, string]
  const regex = patternOf(pattern)
  refuseEmpty(target, 'destination', 'label_replace')
  return relabel(series, labels => {
    const match = regex.exec(labels.get(source) ?? '')
    return match === undefined ? labels : setLabels(labels, [[target, expandTemplate(template, match)]])
  })
}

export function labelJoin(series: readonly VectorSeries[], args: readonly Expr[]): readonly VectorSeries[] {
  const [target, separator, ...sources] = args.slice(1).map(stringOf) as [string, string, ...string[]]
  for (const source of sources) refuseEmpty(source, 'source', 'label_join')
  refuseEmpty(target, 'destination', 'label_join')
  return relabel(series, labels => {
    const joined = sources.map(source => labels.get(source) ?? '').join(separator)
    return setLabels(labels, [[target, joined]])
  })
}

function relabel(
  series: readonly VectorSeries[],
  rename: (labels: Labels) => Labels,
): readonly VectorSeries[] {
  return mergeEqual(
    mapSeries(series, rename, same => same),
    'range',
  )
}

function patternOf(pattern: string): Regex {
  try {
    return compileRegex(pattern)
  } catch {
    throw new QueryError('execution', `invalid regular expression in label_replace(): ${pattern}`)
  }
}

function refuseEmpty(label: string, role: 'source' | 'destination', caller: string): void {
  if (label === '') throw new QueryError('execution', `invalid ${role} label name in ${caller}(): `)
}
