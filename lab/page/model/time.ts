/** Times as Grafana's addresses write them, and durations as its intervals do. */
import type { RawRange } from './dashboard.ts'

export interface TimeRange {
  /** Milliseconds since the epoch. */
  from: number
  to: number
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
}

/** `90s` or `1h30m` in milliseconds; nothing where it is no duration. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(?:\.\d+)?(?:ms|[smhdwMy]))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwMy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!,
    0,
  )
}

/** The shortest form: 90000 is `90s`, 60000 is `1m`. */
export function durationText(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find(each => ms >= unitMs[each]! && ms % unitMs[each]! === 0)
  return unit === undefined ? `${Math.round(ms)}ms` : `${ms / unitMs[unit]!}${unit}`
}

export function resolveRange(raw: RawRange, now: number): TimeRange {
  const from = timeOf(raw.from, now, false)
  const to = timeOf(raw.to, now, true)
  return from < to ? { from, to } : { from: to - 3_600_000, to }
}

/** `now`, `now-6h`, `now/d` (begin of the day, or its end in a `to`), milliseconds since the epoch, or a date. */
function timeOf(text: string, now: number, isEnd: boolean): number {
  const relative = /^now(?:([+-])(\d+)([smhdwMy]))?(?:\/([hdwMy]))?$/.exec(text)
  if (relative !== null) {
    const [, sign, count, unit, rounding] = relative
    const moved = unit === undefined ? now : now + (sign === '-' ? -1 : 1) * Number(count) * unitMs[unit]!
    return rounding === undefined ? moved : rounded(moved, rounding, isEnd)
  }
  if (/^\d{10,}$/.test(text)) return Number(text)
  const date = Date.parse(text)
  return Number.isNaN(date) ? (isEnd ? now : now - 3_600_000) : date
}

function rounded(time: number, unit: string, isEnd: boolean): number {
  const date = new Date(time)
  if (unit === 'h') date.setMinutes(0, 0, 0)
  else date.setHours(0, 0, 0, 0)
  if (unit === 'w') date.setDate(date.getDate() - ((date.getDay() + 6) % 7))
  if (unit === 'M' || unit === 'y') date.setDate(1)
  if (unit === 'y') date.setMonth(0)
  if (!isEnd) return date.getTime()
  if (unit === 'h') date.setHours(date.getHours() + 1)
  else if (unit === 'd') date.setDate(date.getDate() + 1)
  else if (unit === 'w') date.setDate(date.getDate() + 7)
  else if (unit === 'M') date.setMonth(date.getMonth() + 1)
  else date.setFullYear(date.getFullYear() + 1)
  return date.getTime() - 1
}

/** `Last 1 hour`, or both ends. */
export function rangeText({ from, to }: RawRange): string {
  const last = /^now-(\d+)([smhdw])$/.exec(from)
  if (last !== null && to === 'now') {
    const names: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' }
    return `Last ${last[1]} ${names[last[2]!]}${last[1] === '1' ? '' : 's'}`
  }
  const shown = (text: string) => (/^\d{10,}$/.test(text) ? dateText(Number(text)) : text)
  return `${shown(from)} to ${shown(to)}`
}

/** `2026-01-31 13:05:09`, in the reader's time zone. */
export function dateText(ms: number): string {
  const date = new Date(ms)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
