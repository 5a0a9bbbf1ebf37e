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
  for (const series of historyColumns(preset, now)) yield* lines(series)
  yield '# EOF\n'
}

interface ColumnsOfSeries extends Pick<Series, 'name' | 'labels'> {
  /** Seconds since the epoch. */
  times: readonly number[]
  values: readonly number[]
}

export function* historyColumns(preset: Preset, now: number): Generator<ColumnsOfSeries> {
  const past = pastOf(preset, now)
  const drawn = Math.max(preset.evaluationInterval, Math.round(preset.period / drawnPoints))
  for (const { name, labels, step, at } of seriesOf(preset, past, drawn)) {
    const times: number[] = []
    const values: number[] = []
    for (let time = past.start; time <= past.end; time += step) {
      const value = at(time)
      if (value === undefined) continue
      times.push(time)
      values.push(value)
    }
    yield { name, labels, times, values }
  }
}

function seriesOf(preset: Preset, past: Past, drawn: number): Series[] {
  return [
    ...objectives.flatMap(objective => recordedSeries(objective, preset, past, drawn)),
    ...counterSeries(past, drawn),
  ]
}

function* lines({ name, labels, times, values }: ColumnsOfSeries): Generator<string> {
  const written = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  const head = written.length === 0 ? name : `${name}{${written.join(',')}}`
  for (let from = 0; from < times.length; from += linesPerChunk) {
    const part = times.slice(from, from + linesPerChunk)
    yield part.map((time, i) => `${head} ${Number(values[from + i]!.toPrecision(9))} ${time}\n`).join('')
  }
}
