/** Objectives from files of OpenSLO v1 and of Sloth; what ours cannot express is refused. */

import type { Objective } from '../../alerts/objectives.ts'
import { UserError } from '../../contract/user-error.ts'
import { fromOpenSlo } from './openslo.ts'
import { type Reader, readDocuments } from './reader.ts'
import { fromSloth } from './sloth.ts'

export function importObjectives(file: string, text: string): Objective[] {
  const objectives = readDocuments(file, text, readObjectives)
  if (objectives.length === 0)
    throw new UserError(`${file}:1: expected at least one objective, got an empty file`)
  return objectives
}

function readObjectives(reader: Reader): Objective[] {
  if (reader.at('version') === 'prometheus/v1') return fromSloth(reader)
  if (reader.at('apiVersion') !== 'openslo/v1')
    reader.refuse(['apiVersion'], 'openslo/v1, or version prometheus/v1 of Sloth')
  else if (reader.at('kind') !== 'SLO') reader.refuse(['kind'], 'SLO')
  else return fromOpenSlo(reader)
  return []
}
