/** The past as OpenMetrics text, which promtool turns into blocks. */
import { objectives } from '../../alerts/objectives.ts'
import type { Preset } from '../../contract/windows.ts'
import { counterSeries } from './counters.ts'
import { type Past, pastOf } from './past.ts'
import { recordedSeries, type Series } from './recorded.ts'

/** Some hundred points over the period are all a panel can show. */
const drawnPoints = 2_880

const linesPerChunk = 10_000

/** Chunks of whole lines; nothing of the past is held at once. */
export function* historyText(preset: Preset, now: number): Generator<string> {
  const past = pastOf(preset, now)
  const drawn = Math.max(preset.evaluationInterval, Math.round(preset.period / drawnPoints))
  for (const series of seriesOf(preset, past, drawn)) yield* samples(series, past)
  yield '# EOF\n'
}

function seriesOf(preset: Preset, past: Past, drawn: number): Series[] {
  return [
    ...objectives.flatMap(objective => recordedSeries(objective, preset, past, drawn)),
    ...counterSeries(past, drawn),
  ]
}

function* samples({ name, labels, step, at }: Series, past: Past): Generator<string> {
  const written = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  const head = written.length === 0 ? name : `${name}{${written.join(',')}}`
  let lines: string[] = []
  for (let time = past.start; time <= past.end; time += step) {
    const value = at(time)
    if (value === undefined) continue
    lines.push(`${head} ${Number(value.toPrecision(9))} ${time}\n`)
    if (lines.length === linesPerChunk) {
      yield lines.join('')
      lines = []
    }
  }
  yield lines.join('')
}
