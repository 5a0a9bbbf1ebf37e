/** The fields in the lines of a query, whether they are metadata, in JSON or in logfmt, and what their values look like. */

import { parseGoDuration } from '../../go/durations.ts'
import { parseGoFloat } from '../../go/floats.ts'
import { byLabels, type Labels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { parse } from '../language/parse.ts'
import { newHints } from '../pipeline/hints.ts'
import { jsonStage } from '../pipeline/json.ts'
import { logfmtStage } from '../pipeline/logfmt.ts'
import { detailsLabel, errorLabel, keptErrorLabel, newState } from '../pipeline/state.ts'
import type { LogStorage } from '../storage.ts'
import { parseBytes } from '../text/bytes.ts'
import type { Instant } from '../text/instant.ts'
import { newBudget } from './budget.ts'
import { eachLine } from './log-query.ts'
import type { QueryOptions } from './result.ts'

type FieldType = 'int' | 'float' | 'boolean' | 'duration' | 'bytes' | 'string'
type Parser = 'json' | 'logfmt'

interface DetectedField {
  label: string
  /** As the oldest line of the last stream has it. */
  type: FieldType
  values: Set<string>
  /** None where the field is metadata alone, or set by the query. */
  parsers: Parser[]
  /** The keys that lead to it in JSON. */
  jsonPath: readonly string[] | undefined
}

interface FieldRange {
  start: Instant
  end: Instant
  /** How many of the newest lines are looked at. */
  lines: number
  /** How many fields are told of. */
  fields: number
}

interface ReadLine {
  metadata: ReadonlyMap<string, string>
  parsed: Map<string, Set<string>>
  parser: Parser | undefined
  paths: ReadonlyMap<string, readonly string[]>
}

export function detectedFields(
  storage: LogStorage,
  query: string,
  range: FieldRange,
  options: QueryOptions,
): DetectedField[] {
  const expr = parse(query)
  if (expr.kind !== 'logs') throw new QueryError('execution', 'only log selector is supported')
  const readLine = lineReader()
  const streams = new Map<Labels, ReadLine[]>()
  const { start, end, lines: limit } = range
  const wanted = { start, end, limit, direction: 'backward', interval: 0 } as const
  eachLine(
    storage,
    query,
    expr,
    wanted,
    newBudget(options),
    options.semantics ?? '3.7',
    ({ line, state }, _, stream) => {
      const read = readLine(line, stream, new Map(state.metadata()), new Map(state.parsed()))
      const known = streams.get(stream)
      if (known === undefined) streams.set(stream, [read])
      else known.push(read)
    },
  )
  const sorted = [...streams].sort(([a], [b]) => byLabels({ labels: a }, { labels: b }))
  return fieldsOf(
    sorted.flatMap(([, lines]) => lines),
    range.fields,
  )
}

function fieldsOf(lines: readonly ReadLine[], most: number): DetectedField[] {
  const fields = new Map<string, DetectedField>()
  const add = (label: string, values: Iterable<string>): DetectedField | undefined => {
    const known = fields.get(label)
    if (known === undefined && fields.size >= most) return undefined
    const field = known ?? { label, type: 'string', values: new Set(), parsers: [], jsonPath: undefined }
    fields.set(label, field)
    const [first = ''] = values
    field.type = typeOf(first)
    for (const value of values) field.values.add(value)
    return field
  }
  for (const { metadata, parsed, parser, paths } of lines) {
    for (const [label, value] of metadata) add(label, [value])
    for (const [label, values] of parsed) {
      const field = add(label, values)
      if (field === undefined) continue
      if (parser !== undefined && !field.parsers.includes(parser)) field.parsers.push(parser)
      field.jsonPath = paths.get(label) ?? field.jsonPath
    }
  }
  return [...fields.values()].sort((a, b) => (a.label < b.label ? -1 : 1))
}

/** Reads what is left of a line once more, as JSON or else as logfmt, beside what the query has read from it. */
function lineReader() {
  let paths = new Map<string, readonly string[]>()
  const json = jsonStage((label, keys) => paths.set(label, keys))
  const logfmt = logfmtStage(false, false)
  const hints = newHints({ labels: [], groups: [], without: false, noGroups: false, filters: [] })
  const state = newState(hints, { groups: [], without: false, noLabels: false })
  return (
    line: string,
    stream: Labels,
    metadata: ReadonlyMap<string, string>,
    before: ReadonlyMap<string, string>,
  ): ReadLine => {
    const parsed = new Map<string, Set<string>>()
    const add = (name: string, value: string) => {
      if (!ofErrors.has(name)) parsed.set(name, (parsed.get(name) ?? new Set()).add(value))
    }
    for (const [name, value] of before) add(name, value)
    // What the query has set under the name of a label does not count as the stream's.
    const labels = new Map([...stream].filter(([name]) => !before.has(name)))
    paths = new Map()
    let parser: Parser = 'json'
    state.begin(labels, undefined, 0, 0)
    json(line, state)
    if (state.error !== '') {
      parser = 'logfmt'
      paths = new Map()
      state.begin(labels, undefined, 0, 0)
      logfmt(line, state)
    }
    for (const [name, value] of state.parsed()) add(name, value)
    return { metadata, parsed, parser, paths }
  }
}

const ofErrors: ReadonlySet<string> = new Set([errorLabel, detailsLabel, keptErrorLabel])

function typeOf(value: string): FieldType {
  if (/^[+-]?\d{1,40}$/.test(value) && isInt64(BigInt(value.replace('+', '')))) return 'int'
  if (parseGoFloat(value) !== undefined) return 'float'
  if (/^([1tT0fF]|true|TRUE|True|false|FALSE|False)$/.test(value)) return 'boolean'
  if ('nanoseconds' in parseGoDuration(value)) return 'duration'
  return 'bytes' in parseBytes(value) ? 'bytes' : 'string'
}

const isInt64 = (value: bigint) => BigInt.asIntN(64, value) === value
