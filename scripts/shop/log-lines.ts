/** Log lines for a terminal, short enough for a person. */
import { onOneLine } from '../terminal.ts'

const noteworthy = new Set(['warn', 'error', 'fatal'])

/** One short line for a person, of what is worth one; what is not JSON is shown as it is. */
export function shortened(role: string, line: string): string | undefined {
  const entry = parsed(line)
  if (entry === undefined) return onOneLine(`${role}: ${line}`)
  if (!noteworthy.has(String(entry.level))) return undefined
  const {
    level,
    msg,
    err,
    time: _time,
    trace_id: _trace,
    span_id: _span,
    service_name: _name,
    ...rest
  } = entry
  // The line of a request says its method, route, status and time in words.
  const said = new Set(String(msg).split(' '))
  const details = Object.entries(rest)
    .filter(([, value]) => !said.has(String(value)))
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
  const cause = (err as { message?: unknown } | undefined)?.message
  return onOneLine(
    [`${role} ${level}: ${msg}`, ...details, ...(cause === undefined ? [] : [`(${cause})`])].join(' '),
  )
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
