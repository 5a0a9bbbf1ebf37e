/** The level Loki finds for a line, which it keeps as `detected_level`. */

import { eachMember } from '../text/json.ts'
import { logfmtReader } from '../text/logfmt.ts'

const fields = [
  'level',
  'LEVEL',
  'Level',
  'log.level',
  'severity',
  'SEVERITY',
  'Severity',
  'SeverityText',
  'lvl',
  'LVL',
  'Lvl',
  'severity_text',
  'Severity_Text',
  'SEVERITY_TEXT',
]

const levels: { [word: string]: string | undefined } = {
  trace: 'trace',
  trc: 'trace',
  debug: 'debug',
  dbg: 'debug',
  info: 'info',
  inf: 'info',
  information: 'info',
  warn: 'warn',
  wrn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  critical: 'critical',
  fatal: 'fatal',
}

/** Labels and metadata by name; metadata may bring a level of its own, which stays. */
export function detectLevel(
  labels: ReadonlyMap<string, string>,
  metadata: ReadonlyMap<string, string>,
  line: string,
): string {
  const own = metadata.get('detected_level')
  if (own !== undefined) return normalized(own)
  for (const source of [labels, metadata])
    for (const field of fields) {
      const value = source.get(field)
      if (value !== undefined) return normalized(value)
    }
  const severity = metadata.get('severity_number') ?? ''
  return severity === '' ? levelInLine(line) : levelOfSeverity(severity)
}

const normalized = (level: string) => levels[level.toLowerCase()] ?? level

function levelOfSeverity(text: string): string {
  if (!/^[+-]?\d+$/.test(text)) return 'info'
  const number = Number(text)
  if (number === 0 || number > 24) return 'unknown'
  return ['trace', 'debug', 'info', 'warn', 'error', 'fatal'][Math.max(0, Math.ceil(number / 4) - 1)]!
}

function levelInLine(line: string): string {
  const trimmed = line.trim()
  let word: string | undefined
  if (trimmed.startsWith('{') && trimmed.endsWith('}')) word = levelInJson(line)
  else if (line.includes('=')) word = levelInLogfmt(line)
  else return levelInWords(line)
  return levels[word?.toLowerCase() ?? ''] ?? levelInWords(line)
}

/** In the object and in those right inside of it. */
function levelInJson(line: string): string | undefined {
  let found: string | undefined
  const search = (from: number, end: number, depth: number) => {
    eachMember(line, from, end, (key, value) => {
      if (value.kind === 'string' && fields.includes(key)) found = line.slice(value.start, value.end)
      else if (value.kind === 'object' && depth < 1) search(value.start, value.end, depth + 1)
      return found === undefined
    })
  }
  search(0, line.length, 0)
  return found
}

/** The field that stands first in the list, in letters of any case. */
function levelInLogfmt(line: string): string | undefined {
  const reader = logfmtReader()
  let best = fields.length
  let found: string | undefined
  reader.start(line)
  while (!reader.isDone() && reader.next()) {
    const place = fields.findIndex(field => field.toLowerCase() === reader.key.toLowerCase())
    if (place < 0 || place >= best) continue
    best = place
    found = reader.value
    if (place === 0) break
  }
  return found
}

const words =
  /(?<![^ \t\n[({"=])(trace|debug|fatal|critical|error|err|warning|warn|info)(?![^ \t\n[\](){}:,!"=])/

function levelInWords(line: string): string {
  const word = words.exec(line.toLowerCase())?.[1]
  return word === undefined ? 'unknown' : levels[word]!
}
