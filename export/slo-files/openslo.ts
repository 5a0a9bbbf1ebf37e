/** Objectives from and to OpenSLO v1. */

import { stringify } from 'yaml'
import type { Objective, Selection } from '../../alerts/objectives.ts'
import { decimal, over, times, toNumber } from '../../contract/decimal.ts'
import { duration } from '../../contract/durations.ts'
import { select, selectBucket } from '../../contract/expr.ts'
import { UserError } from '../../contract/user-error.ts'
import { type Indicator, readEvents } from './indicator.ts'
import { type Imported, objectiveOf } from './objective.ts'
import { workbookOver } from './policies.ts'
import { onlyKnown, type Path, type Reader, readPeriod, readText } from './reader.ts'

export function exportOpenSlo(objectives: readonly Objective[], period: number): string {
  return objectives.map(objective => stringify(openSlo(objective, period), { lineWidth: 0 })).join('---\n')
}

export function fromOpenSlo(reader: Reader, indicators: readonly Reader[]): Imported[] {
  const { at, refuse } = reader
  onlyKnown(
    reader,
    ['spec'],
    [
      'description',
      'service',
      'indicator',
      'indicatorRef',
      'timeWindow',
      'budgetingMethod',
      'objectives',
      'alertPolicies',
    ],
  )
  if (at('spec', 'budgetingMethod') !== 'Occurrences') refuse(['spec', 'budgetingMethod'], 'Occurrences')
  if (at('spec', 'timeWindow', 0, 'isRolling') !== true)
    refuse(['spec', 'timeWindow', 0, 'isRolling'], 'true, a rolling window')
  if (reader.count(['spec', 'alertPolicies']) > 0)
    refuse(['spec', 'alertPolicies'], 'none: the burn rates of the workbook alert')
  const period = readPeriod(reader, ['spec', 'timeWindow', 0, 'duration'])
  const name = readText(reader, ['metadata', 'name'])
  const service = readText(reader, ['spec', 'service'])
  const indicator = indicatorOf(reader, indicators)
  const count = reader.count(['spec', 'objectives'])
  if (count === 0) refuse(['spec', 'objectives'], 'at least one objective')
  return Array.from({ length: count }, (_, index) => index).flatMap(index => {
    const path = ['spec', 'objectives', index] as const
    onlyKnown(reader, path, [
      'displayName',
      'target',
      'targetPercent',
      ...(at('spec', 'budgetingMethod') === 'Occurrences'
        ? []
        : ['op', 'timeSliceTarget', 'timeSliceWindow']),
    ])
    const target = targetOf(reader, path)
    if (indicator === undefined || name === undefined || service === undefined) return []
    if (period === undefined || target === undefined) return []
    return [
      {
        preset: workbookOver(period),
        place: reader.place(['metadata', 'name']),
        objective: objectiveOf(indicator, {
          name: count === 1 ? name : `${name}-${index}`,
          service,
          title: at('metadata', 'displayName'),
          description: at('spec', 'description'),
          owner: at('metadata', 'labels', 'owner'),
          objective: target,
        }),
      },
    ]
  })
}

function targetOf({ at, refuse }: Reader, path: Path): number | undefined {
  const [target, percent] = [at(...path, 'target'), at(...path, 'targetPercent')]
  if (typeof percent === 'number') return percent
  if (typeof target === 'number') return toNumber(times(decimal(target), decimal(100)))
  return refuse([...path, 'target'], 'a ratio such as 0.999')
}

/** Inline, or a document of its own in the same file. */
function indicatorOf(reader: Reader, indicators: readonly Reader[]): Indicator | undefined {
  const reference = reader.at('spec', 'indicatorRef')
  const other = indicators.find(({ at }) => at('metadata', 'name') === reference)
  if (reference !== undefined && other === undefined)
    return reader.refuse(['spec', 'indicatorRef'], 'an SLI of this file')
  const from = other ?? reader
  const ratio = [...(other === undefined ? ['spec', 'indicator'] : []), 'spec', 'ratioMetric']
  if (from.at(...ratio) === undefined) return from.refuse(ratio, 'an indicator with a ratioMetric')
  const kind = from.at(...ratio, 'bad') === undefined ? 'good' : 'bad'
  const query = (part: string) => [...ratio, part, 'metricSource', 'spec', 'query']
  return readEvents(from, query('total'), query(kind), kind)
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
