/** An earlier span under the present one: which it is, how it is moved, and how the two differ. */
import { type Field, type Frame, timeField, titleOf, type Value } from './frames.ts'
import { reduce } from './reduce.ts'
import { durationMs, type TimeRange } from './time.ts'

/** A span with a name, as the lab keeps it. */
export interface Run extends TimeRange {
  id: string
  name: string
}

export interface Earlier {
  name: string
  /** Nothing of it is drawn beyond its end. */
  span: TimeRange
}

/** What `compare` of an address may hold besides the id of a run. */
export const earlierChoices: readonly (readonly [value: string, name: string])[] = [
  ['previous', 'The span before'],
  ['1h', 'An hour earlier'],
  ['1d', 'A day earlier'],
  ['1w', 'A week earlier'],
]

export function earlierOf(text: string, range: TimeRange, runs: readonly Run[]): Earlier | undefined {
  const run = runs.find(({ id }) => id === text)
  if (run !== undefined) return { name: run.name, span: { from: run.from, to: run.to } }
  const back = text === 'previous' ? range.to - range.from : durationMs(text)
  if (back === undefined || back === 0) return undefined
  const name = earlierChoices.find(([value]) => value === text)?.[1] ?? `${text} earlier`
  return { name: name.toLowerCase(), span: { from: range.from - back, to: range.to - back } }
}

/** The span to ask for, as long as the present one at most, and how far its times are moved to lie under it. */
export function moved({ span }: Earlier, range: TimeRange, step: number): TimeRange & { by: number } {
  // Whole steps, so that both have their points at the same times.
  const by = Math.round((range.from - span.from) / step) * step
  return { from: range.from - by, to: Math.min(range.to - by, span.to), by }
}

export function later(frames: readonly Frame[], by: number): Frame[] {
  return frames.map(frame => {
    const time = timeField(frame)
    const fields = frame.fields.map(field =>
      field === time ? { ...field, values: field.values.map(value => Number(value) + by) } : field,
    )
    return { ...frame, fields }
  })
}

/** What a series is known by in both spans. */
export const seriesKey = (frame: Frame, field: Field) => `${frame.refId} ${titleOf(field)}`

/** How much more or less `now` is than `before`, as a share of it: `+12 %`; what is new or gone says so. */
export function difference(now: Value, before: Value): string {
  const [a, b] = [now, before].map(value => (typeof value === 'number' ? value : undefined))
  if (a === undefined && b === undefined) return ''
  if (b === undefined) return 'new'
  if (a === undefined) return 'gone'
  if (a === b) return '±0 %'
  if (b === 0) return 'from 0'
  const percent = ((a - b) / Math.abs(b)) * 100
  const size = Math.abs(percent)
  if (size >= 1000) return `×${Number((a / b).toPrecision(3))}`
  return `${percent > 0 ? '+' : '−'}${size < 10 ? size.toFixed(1) : Math.round(size)} %`
}

/** Of the same reduction of both spans; only where both have samples, so that a shorter run is not held against more. */
export function differenceOf(now: readonly Value[], before: readonly Value[], calc: string): string {
  const isIn = (values: readonly Value[]) => values.some(value => value !== null)
  if (!isIn(before) || !isIn(now)) return difference(isIn(now) ? 1 : null, isIn(before) ? 1 : null)
  const last = before.findLastIndex(value => value !== null) + 1
  return difference(reduce(now.slice(0, last), calc), reduce(before, calc))
}
