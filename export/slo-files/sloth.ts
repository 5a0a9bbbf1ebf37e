/** Objectives from Sloth's files. */
import type { Objective } from '../../alerts/objectives.ts'
import { objectiveOf } from './objective.ts'
import { readSli } from './read-sli.ts'
import { type Reader, readText } from './reader.ts'

export function fromSloth(reader: Reader): Objective[] {
  const { at, refuse } = reader
  const service = readText(reader, ['service'])
  const count = (at('slos') as { items?: unknown[] } | undefined)?.items?.length ?? 0
  if (count === 0) refuse(['slos'], 'at least one SLO')
  return Array.from({ length: count }, (_, index) => index).flatMap(index => {
    const path = ['slos', index] as const
    const name = readText(reader, [...path, 'name'])
    const objective = at(...path, 'objective')
    if (typeof objective !== 'number') refuse([...path, 'objective'], 'per cent such as 99.9')
    if (at(...path, 'sli', 'events') === undefined) {
      refuse([...path, 'sli'], 'events with error_query and total_query')
      return []
    }
    const events = [...path, 'sli', 'events'] as const
    const sli = readSli(reader, [...events, 'total_query'], [...events, 'error_query'], 'bad')
    if (sli === undefined || name === undefined || service === undefined || typeof objective !== 'number')
      return []
    const owner = at('labels', 'owner')
    return [
      objectiveOf(sli, {
        name,
        service,
        title: undefined,
        description: at(...path, 'description'),
        owner,
        objective,
      }),
    ]
  })
}
