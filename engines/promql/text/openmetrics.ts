/**
 * Reads metrics as text, line by line: OpenMetrics (`# EOF` at the end, times in seconds) as `promtool tsdb
 * dump-openmetrics` writes it, or Prometheus' older text format (times in milliseconds).
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
  /** Milliseconds; samples with a later time of their own are refused. */
  latest?: number
  /** Changes the labels that the text gives a series, such as by adding those of its target. */
  relabel?: (labels: [string, string][]) => [string, string][]
  /** Series by their text, kept from one scrape of a target to the next so that they need not be looked up again. */
  known?: Map<string, KnownSeries>
  /** Told of each exemplar; without it they are passed over. */
  onExemplar?: (exemplar: Exemplar) => void
}

export interface KnownSeries {
  labels: Labels
  appender: Appender
  /** The reader that saw it last, and whether its sample came with a time of its own. */
  seenBy: object | undefined
  hasTime: boolean
}

export interface Exemplar {
  /** Of the series. */
  series: Labels
  labels: Labels
  value: number
  /** Milliseconds; undefined where the text has none. */
  time: number | undefined
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
  const {
    format = 'openmetrics',
    time: defaultTime,
    nanIsStale = false,
    onExemplar,
    latest = Infinity,
  } = options
  const { relabel = labels => labels, known: series = new Map<string, KnownSeries>() } = options
  const metadata = new Map<string, Metadata>()
  let current: { text: string; series: KnownSeries } | undefined
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
      current = { text: text.slice(0, end), series: seriesOf(text.slice(0, end), found.labels) }
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
    const { appender } = current.series
    current.series.seenBy = reader
    current.series.hasTime = hasTime
    if (time > latest) {
      refused++
      return
    }
    const outcome =
      nanIsStale && Number.isNaN(value) ? appender.markStale(time) : appender.append(time, value)
    if (outcome === 'stored' || outcome === 'repeated') samples++
    else refused++
    if (onExemplar !== undefined && restStart < restEnd) onExemplar(exemplar(text, restStart, current.series))
  }

  /** ` # {trace_id="4bf92f"} 0.3 1700000000.5` after a sample. */
  function exemplar(text: string, at: number, { labels: series }: KnownSeries): Exemplar {
    const start = text.indexOf('{', at)
    const rest = text.slice(start)
    const found = readSeries(rest, (place, expected) => failure(text, start + place, expected))
    const [valueStart, valueEnd] = word(rest, found.end)
    const value = parseGoFloat(rest.slice(valueStart, valueEnd))
    if (value === undefined) throw failure(text, start + valueStart, 'the value of an exemplar')
    const [timeStart, timeEnd] = word(rest, valueEnd)
    const time = timeStart < timeEnd ? timeOf(rest.slice(timeStart, timeEnd)) : undefined
    return { series, labels: labelsOf(found.labels), value, time }
  }

  function seriesOf(text: string, pairs: [string, string][]): KnownSeries {
    const known = series.get(text)
    if (known !== undefined) return known
    const labels = checked(text, pairs)
    const found = { labels, appender: store.series(labels), seenBy: undefined, hasTime: false }
    if (series.size >= mostKnown) series.clear()
    series.set(text, found)
    return found
  }

  function checked(text: string, pairs: [string, string][]): Labels {
    const names = pairs.map(([name]) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw failure(text, text.lastIndexOf(twice), `label ${twice} once`)
    if (!names.includes(metricName)) throw failure(text, 0, 'the name of a metric')
    return labelsOf(relabel(pairs))
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

  const reader = { line, end }
  return reader
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
const mostKnown = 100_000

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
