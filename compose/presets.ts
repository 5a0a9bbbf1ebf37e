/** What differs between the presets. */

import { duration } from '../contract/durations.ts'
import { UserError } from '../contract/user-error.ts'
import { type Preset, practice, presets } from '../contract/windows.ts'

/** Pages fire within minutes, which is what a lab is for. */
export const defaultPreset = practice

export const presetVariable = 'SIGHTLINE_PRESET'

/** What the compose file reads of a preset. */
export function presetVariables(preset: Preset): Record<string, string> {
  return {
    [presetVariable]: preset.name,
    METRICS_RETENTION: duration(preset.retention),
    LOAD_DAY: duration(preset.day),
  }
}

export function findPreset(name: string): Preset {
  const found = presets.find(preset => preset.name === name)
  if (found !== undefined) return found
  const names = presets.map(preset => preset.name).join(' or ')
  throw new UserError(`Cannot use preset "${name}" of ${presetVariable}: expected ${names}`)
}
