/** Objectives from OpenSLO v1alpha, in which each target has its own ratio. */
import { decimal, times, toNumber } from '../../contract/decimal.ts'
import { seconds } from '../../contract/durations.ts'
import { readEvents } from './indicator.ts'
import { type Imported, objectiveOf } from './objective.ts'
import { workbookOver } from './policies.ts'
import { onlyKnown, type Reader, readText } from './reader.ts'

const units = { Day: seconds('1d'), Week: seconds('7d') } as const

export function fromOpenSloAlpha(reader: Reader): Imported[] {
  const { at, refuse } = reader
  onlyKnown(
    reader,
    ['spec'],
    ['description', 'service', 'indicator', 'timeWindows', 'budgetingMethod', 'objectives'],
  )
  if (at('spec', 'budgetingMethod') !== 'Occurrences') refuse(['spec', 'budgetingMethod'], 'Occurrences')
  const window = ['spec', 'timeWindows', 0] as const
  if (at(...window, 'isRolling') === false) refuse([...window, 'isRolling'], 'true, a rolling window')
  const unit = units[at(...window, 'unit') as keyof typeof units] as number | undefined
  const days = at(...window, 'count')
  if (unit === undefined) refuse([...window, 'unit'], Object.keys(units).join(' or '))
  if (typeof days !== 'number') refuse([...window, 'count'], 'a number')
  const name = readText(reader, ['metadata', 'name'])
  const service = readText(reader, ['spec', 'service'])
  const count = reader.count(['spec', 'objectives'])
  if (count === 0) refuse(['spec', 'objectives'], 'at least one objective')
  return Array.from({ length: count }, (_, index) => ['spec', 'objectives', index] as const).flatMap(path => {
    const ratio = [...path, 'ratioMetrics'] as const
    const target = at(...path, 'target')
    if (typeof target !== 'number') refuse([...path, 'target'], 'a ratio such as 0.999')
    if (at(...ratio) === undefined) {
      refuse(ratio, 'ratioMetrics with good and total')
      return []
    }
    const kind = at(...ratio, 'bad') === undefined ? 'good' : 'bad'
    const indicator = readEvents(reader, [...ratio, 'total', 'query'], [...ratio, kind, 'query'], kind)
    if (indicator === undefined || name === undefined || service === undefined) return []
    if (unit === undefined || typeof days !== 'number' || typeof target !== 'number') return []
    const display = at(...path, 'displayName') ?? at('metadata', 'displayName')
    return [
      {
        preset: workbookOver(days * unit),
        place: reader.place(path),
        objective: objectiveOf(indicator, {
          name: count === 1 ? name : `${name}-${path[2]}`,
          service,
          title: display,
          description: at('spec', 'description'),
          owner: at('metadata', 'labels', 'owner'),
          objective: toNumber(times(decimal(target), decimal(100))),
        }),
      },
    ]
  })
}
