/**
 * Reads metrics as text, line by line: OpenMetrics (`# EOF` at the end, times in seconds) as `promtool tsdb
 * dump-openmetrics` writes it, or Prometheus' older text format (times in milliseconds). Exemplars are passed over.
 */

import { parseGoFloat } from '../../go/floats.ts'
import { type Labels, labelsOf, metricName } from '../../labels.ts'
import type { Appender, Store } from '../store/memory.ts'
import { caret, readSeries } from './series.ts'

export interface ReadOptions {
  /** OpenMetrics by default. */
  format?: 'openmetrics' | 'text'
  /** Milliseconds; for samples without a time, which are refused when this is missing. */
  time?: number
  /** Promtool writes the end of a series as NaN: reads every NaN so. */
  nanIsStale?: boolean
}

export interface ReadSummary {
  samples: number
  /** Left out, because their series has another value at the same time, or a later one outside the store's window. */
  refused: number
  metadata: ReadonlyMap<string, Metadata>
}

export interface Metadata {
  type: string
  help: string
  unit: string
}

/** The text is at fault; the message shows line and place. */
export class MetricsError extends Error {
  override name = 'MetricsError'
}

interface MetricsReader {
  /** One line, without its end. */
  line(text: string): void
  /** To be called after the last line. */
  end(): ReadSummary
}

export function readMetrics(store: Store, text: string, options: ReadOptions = {}): ReadSummary {
  const reader = metricsReader(store, options)
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\n', at)
    const end = next < 0 ? text.length : next
    reader.line(text.slice(at, end))
    at = end + 1
  }
  return reader.end()
}

export function metricsReader(store: Store, options: ReadOptions = {}): MetricsReader {
  const { format = 'openmetrics', time: defaultTime, nanIsStale = false } = options
  const metadata = new Map<string, Metadata>()
  const appenders = new Map<string, Appender>()
  let current: { text: string; appender: Appender } | undefined
  let number = 0
  let isEnded = false
  let samples = 0
  let refused = 0

  function line(text: string): void {
    number++
    if (isEnded) throw failure(text, 0, 'nothing after # EOF')
    if (text.startsWith('#')) comment(text)
    else if (format === 'openmetrics' || text.trim() !== '') sample(text)
  }

  function comment(text: string): void {
    if (text === '# EOF') isEnded = format === 'openmetrics'
    const told = /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+(?:"((?:[^"\\]|\\.)*)"|(\S+))(?:[ \t]+(.*))?$/.exec(text)
    if (told === null) {
      if (format === 'openmetrics' && !isEnded) throw failure(text, 0, '# HELP, # TYPE, # UNIT or # EOF')
      return
    }
    const [, what, quotedName, bareName, rest = ''] = told
    const name = quotedName ?? bareName!
    if (metadata.size >= mostFamilies && !metadata.has(name)) return
    const known = metadata.get(name) ?? { type: 'unknown', help: '', unit: '' }
    metadata.set(name, known)
    if (what === 'HELP') known.help = unescapeHelp(rest)
    else if (what === 'UNIT') known.unit = rest
    else if (metricTypes.includes(rest)) known.type = rest === 'untyped' ? 'unknown' : rest
    else throw failure(text, text.length - rest.length, `a type of ${metricTypes.join(', ')}`)
  }

  function sample(text: string): void {
    let end = current?.text.length ?? 0
    if (current === undefined || !text.startsWith(current.text) || !isSpace(text, end)) {
      const found = readSeries(text, (at, expected) => failure(text, at, expected))
      end = found.end
      current = { text: text.slice(0, end), appender: appenderOf(text.slice(0, end), found.labels) }
    }
    const [valueStart, valueEnd] = word(text, end)
    const value = parseGoFloat(text.slice(valueStart, valueEnd))
    if (value === undefined) throw failure(text, valueStart, 'a value')
    const [timeStart, timeEnd] = word(text, valueEnd)
    const hasTime = timeStart < timeEnd && text[timeStart] !== '#'
    const time = hasTime ? timeOf(text.slice(timeStart, timeEnd)) : defaultTime
    if (time === undefined) throw failure(text, timeStart, expectedTime)
    const [restStart, restEnd] = hasTime ? word(text, timeEnd) : [timeStart, timeEnd]
    if (restStart < restEnd && !(format === 'openmetrics' && text.startsWith('# {', restStart)))
      throw failure(text, restStart, 'the end of the line')
    const { appender } = current
    const outcome =
      nanIsStale && Number.isNaN(value) ? appender.markStale(time) : appender.append(time, value)
    if (outcome === 'stored' || outcome === 'repeated') samples++
    else refused++
  }

  function appenderOf(text: string, labels: readonly [string, string][]): Appender {
    const known = appenders.get(text)
    if (known !== undefined) return known
    const appender = store.series(checked(text, labels))
    if (appenders.size >= mostAppenders) appenders.clear()
    appenders.set(text, appender)
    return appender
  }

  function checked(text: string, pairs: readonly [string, string][]): Labels {
    const names = pairs.map(([name]) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw failure(text, text.lastIndexOf(twice), `label ${twice} once`)
    if (!names.includes(metricName)) throw failure(text, 0, 'the name of a metric')
    return labelsOf(pairs)
  }

  function timeOf(text: string): number | undefined {
    if (format === 'text') return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
    const seconds = parseGoFloat(text)
    const time = Math.round((seconds ?? Number.NaN) * 1000)
    return Number.isSafeInteger(time) ? time : undefined
  }

  const expectedTime = format === 'text' ? 'a time in milliseconds' : 'a time in seconds'

  function failure(text: string, at: number, expected: string): MetricsError {
    return new MetricsError(`Cannot read line ${number}: expected ${expected}\n${caret(text, at)}`)
  }

  function end(): ReadSummary {
    if (format === 'openmetrics' && !isEnded)
      throw new MetricsError(`Cannot read on after line ${number}: expected # EOF, the text is cut off`)
    return { samples, refused, metadata }
  }

  return { line, end }
}

const metricTypes = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
  'untyped',
]
const mostFamilies = 100_000
const mostAppenders = 100_000

function isSpace(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t'
}

/** Where the next word begins and ends. */
function word(text: string, from: number): [start: number, end: number] {
  let start = from
  while (isSpace(text, start)) start++
  let end = start
  while (end < text.length && !isSpace(text, end)) end++
  return [start, end]
}

function unescapeHelp(text: string): string {
  return text.replace(/\\([\\n"])/g, (_, char: string) => (char === 'n' ? '\n' : char))
}
