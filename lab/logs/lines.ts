/** Lines of a request by their streams, without those of a time that the lab does not keep. */
import type { Labels } from '../../engines/labels.ts'
import { type LogEntry, readLogs } from '../../engines/logql/index.ts'
import { mostMsAhead } from '../intake.ts'

export type Lines = ReadonlyMap<Labels, LogEntry[]>

interface WelcomeLines {
  lines: Lines
  count: number
  rejected: number
  /** Why some were left out. */
  message: string
}

export function welcomeLines(request: unknown, now: number, retention: number): WelcomeLines {
  let [count, rejected] = [0, 0]
  const lines = linesOf(request, ({ time }) => {
    const isWelcome = time <= now + mostMsAhead && time >= now - retention
    if (isWelcome) count++
    else rejected++
    return isWelcome
  })
  const message = rejected === 0 ? '' : 'lines from the future, or older than the lab keeps, were left out'
  return { lines, count, rejected, message }
}

export function linesOf(request: unknown, isWelcome: (entry: LogEntry) => boolean = () => true): Lines {
  const lines = new Map<Labels, LogEntry[]>()
  readLogs(request, (labels, entry) => {
    if (!isWelcome(entry)) return
    const known = lines.get(labels)
    if (known === undefined) lines.set(labels, [entry])
    else known.push(entry)
  })
  return lines
}
