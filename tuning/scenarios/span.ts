/** A part of a month that is looked at. */
import { hour } from './scenario.ts'

/** Seconds. */
export interface Span {
  start: number
  end: number
}

/** With as much before it and twice as much after it, an hour at least. */
export function around({ start, end }: Span, whole: Span): Span {
  const room = Math.max(hour, end - start)
  return { start: Math.max(whole.start, start - room), end: Math.min(whole.end, end + 2 * room) }
}
