/** Run once before Prometheus: fills its data folder with a past. */

import { history } from '../contract/stack-signals.ts'
import { UserError } from '../contract/user-error.ts'
import { backfill, type Outcome } from './history/backfill.ts'
import { defaultPreset, findPreset, presetVariable } from './presets.ts'

const words: Record<Outcome, string> = {
  written: `written; it is invented, and marked by the series ${history.synthetic.name}`,
  completed: 'completed after an interruption',
  present: 'there already',
  foreign: 'left out: Prometheus has data of its own',
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof UserError ? error.message : error)
  process.exitCode = 1
}

async function main([data, ...rest]: string[]): Promise<number> {
  if (data === undefined || rest.length > 0) {
    console.error("Usage: node compose/history.ts FOLDER, Prometheus' data folder")
    return 2
  }
  const wanted = process.env.SIGHTLINE_HISTORY || 'on'
  if (wanted !== 'on' && wanted !== 'off')
    throw new UserError(`Cannot read SIGHTLINE_HISTORY: expected on or off, got "${wanted}"`)
  const preset = findPreset(process.env[presetVariable] || defaultPreset.name)
  if (wanted === 'off') {
    console.log('History: off')
    return 0
  }
  const outcome = await backfill({ data, preset, now: Date.now() / 1000 })
  console.log(`History of preset ${preset.name}: ${words[outcome]}`)
  return 0
}
