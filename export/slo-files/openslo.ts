/** Objectives from and to OpenSLO v1. */

import { stringify } from 'yaml'
import type { Objective, Selection } from '../../alerts/objectives.ts'
import { decimal, over, times, toNumber } from '../../contract/decimal.ts'
import { duration } from '../../contract/durations.ts'
import { select, selectBucket } from '../../contract/expr.ts'
import { UserError } from '../../contract/user-error.ts'
import { production } from '../../contract/windows.ts'
import { objectiveOf } from './objective.ts'
import { readSli } from './read-sli.ts'
import { type Reader, readText } from './reader.ts'

export function exportOpenSlo(objectives: readonly Objective[], period: number): string {
  return objectives.map(objective => stringify(openSlo(objective, period), { lineWidth: 0 })).join('---\n')
}

export function fromOpenSlo(reader: Reader): Objective[] {
  const { at, refuse } = reader
  const period = duration(production.period)
  const ratio = ['spec', 'indicator', 'spec', 'ratioMetric'] as const
  const query = (kind: string) => [...ratio, kind, 'metricSource', 'spec', 'query']
  if (at('spec', 'budgetingMethod') !== 'Occurrences') refuse(['spec', 'budgetingMethod'], 'Occurrences')
  if (at('spec', 'timeWindow', 0, 'isRolling') !== true)
    refuse(['spec', 'timeWindow', 0, 'isRolling'], 'true, a rolling window')
  if (at('spec', 'timeWindow', 0, 'duration') !== period)
    refuse(['spec', 'timeWindow', 0, 'duration'], `${period}, the period of the rules`)
  if (at('spec', 'objectives', 1) !== undefined) refuse(['spec', 'objectives', 1], 'a single objective')
  if (at(...ratio) === undefined) refuse(ratio, 'an inline indicator with a ratioMetric')
  const target = at('spec', 'objectives', 0, 'target')
  if (typeof target !== 'number') refuse(['spec', 'objectives', 0, 'target'], 'a ratio such as 0.999')
  const name = readText(reader, ['metadata', 'name'])
  const service = readText(reader, ['spec', 'service'])
  if (at(...ratio) === undefined || name === undefined || service === undefined || typeof target !== 'number')
    return []
  const kind = at(...ratio, 'bad') === undefined ? 'good' : 'bad'
  const sli = readSli(reader, query('total'), query(kind), kind)
  if (sli === undefined) return []
  return [
    objectiveOf(sli, {
      name,
      service,
      title: at('metadata', 'displayName'),
      description: at('spec', 'description'),
      owner: at('metadata', 'labels', 'owner'),
      objective: toNumber(times(decimal(target), decimal(100))),
    }),
  ]
}

function openSlo(objective: Objective, period: number): object {
  if (objective.groupBy.length > 0)
    throw new UserError(
      `Cannot export ${objective.name} to OpenSLO: expected one budget, got one for each ${objective.groupBy.join(', ')}`,
    )
  const { sli, name, title, service, description, owner } = objective
  const metric = (query: string) => ({
    metricSource: { type: 'Prometheus', spec: { query: `sum(${query})` } },
  })
  const counted = ({ metric: { kind }, metric: from, where }: Selection) =>
    select(from, where, kind === 'histogram' ? 'count' : '')
  const part =
    'failed' in sli
      ? { bad: metric(counted(sli.failed)) }
      : { good: metric(selectBucket(sli.total.metric, sli.threshold, sli.total.where)) }
  return {
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata: { name, displayName: title, labels: { owner } },
    spec: {
      description,
      service,
      indicator: {
        metadata: { name: `${name}-indicator` },
        spec: { ratioMetric: { counter: true, ...part, total: metric(counted(sli.total)) } },
      },
      timeWindow: [{ duration: duration(period), isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [
        { displayName: title, target: toNumber(over(decimal(objective.objective), decimal(100))!) },
      ],
    },
  }
}
