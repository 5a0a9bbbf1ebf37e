/** Objectives from files of Sloth, OpenSLO and Pyrra; what ours cannot express is refused. */

import type { AnyObjective } from '../../alerts/objectives.ts'
import { UserError } from '../../contract/user-error.ts'
import { type Preset, production } from '../../contract/windows.ts'
import type { Imported } from './objective.ts'
import { fromOpenSlo } from './openslo.ts'
import { fromOpenSloAlpha } from './openslo-alpha.ts'
import { fromPyrra } from './pyrra.ts'
import { type Reader, readTogether } from './reader.ts'
import { fromSloth, slothWindows } from './sloth.ts'

/** Sloth's files name no period, so it is given. */
export function importSlos(
  file: string,
  text: string,
  given: { period?: number; windows?: ReadonlyMap<number, Preset> } = {},
): Imported[] {
  const { period = production.period, windows = new Map() } = given
  const found = readTogether(file, text, readers => readAll(readers, windows, period))
  if (found.length === 0) throw new UserError(`${file}:1: expected at least one objective, got an empty file`)
  return found
}

export function importObjectives(file: string, text: string): AnyObjective[] {
  return importSlos(file, text).map(({ objective }) => objective)
}

/** The windows of Sloth that a file holds, by their period. */
export function windowsIn(file: string, text: string): ReadonlyMap<number, Preset> {
  const found = readTogether(file, text, windowsOf)
  if (found.length === 0)
    throw new UserError(`${file}:1: expected Sloth's AlertWindows (sloth.slok.dev/v1), got none`)
  return new Map(found)
}

function windowsOf(readers: readonly Reader[]): [number, Preset][] {
  return readers.filter(isWindows).flatMap(reader => {
    const found = slothWindows(reader)
    return found === undefined ? [] : [found]
  })
}

function isWindows({ at }: Reader): boolean {
  return at('apiVersion') === 'sloth.slok.dev/v1' && at('kind') === 'AlertWindows'
}

function readAll(
  readers: readonly Reader[],
  windows: ReadonlyMap<number, Preset>,
  period: number,
): Imported[] {
  const policies = { period, windows: new Map([...windows, ...windowsOf(readers)]) }
  const indicators = readers.filter(({ at }) => at('kind') === 'SLI')
  const slos = readers.filter(reader => !isWindows(reader))
  const hasSlo = slos.some(({ at }) => at('version') !== undefined || at('kind') !== 'Service')
  return slos.flatMap(reader => {
    const { at, refuse } = reader
    if (at('version') === 'prometheus/v1') return fromSloth(reader, [], policies)
    const [version, kind] = [at('apiVersion'), at('kind')]
    if (version === 'sloth.slok.dev/v1' && kind === 'PrometheusServiceLevel')
      return fromSloth(reader, ['spec'], policies)
    if (version === 'pyrra.dev/v1alpha1' && kind === 'ServiceLevelObjective') return fromPyrra(reader)
    const isOpen = version === 'openslo/v1' || version === 'openslo/v1alpha'
    if (isOpen && kind === 'SLO')
      return version === 'openslo/v1' ? fromOpenSlo(reader, indicators) : fromOpenSloAlpha(reader)
    // They say where an objective belongs and where its data lies, which its queries say too.
    if (isOpen && hasSlo && ['Service', 'DataSource', 'SLI'].includes(String(kind))) return []
    if (isOpen) refuse(['kind'], 'SLO')
    else
      refuse(
        version === undefined ? ['version'] : ['apiVersion'],
        'Sloth (prometheus/v1, or sloth.slok.dev/v1), OpenSLO (openslo/v1 or openslo/v1alpha) or Pyrra (pyrra.dev/v1alpha1)',
      )
    return []
  })
}
