/** An objective's error budget, and the error ratio above which a tier fires, as exact decimals. */
import { decimal, minus, over, times, toText } from '../../contract/decimal.ts'
import { burnFactor, type Preset, type Tier } from '../../contract/windows.ts'
import type { AnyObjective } from '../objectives.ts'

/** 1 - objective, such as 0.001 for 99.9 %. */
export function errorBudget({ objective }: Pick<AnyObjective, 'objective'>): string {
  return toText(over(minus(decimal(100), decimal(objective)), decimal(100))!)
}

export function threshold(objective: AnyObjective, preset: Preset, tier: Tier): string {
  return toText(times(decimal(burnFactor(preset, tier)), decimal(errorBudget(objective))))
}
