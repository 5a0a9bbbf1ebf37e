/** Reads Prometheus' promqltest files: data to load, queries to evaluate and what they must answer. */

import { parseDuration } from '../../durations.ts'
import { unquote } from '../../go/strings.ts'
import { keyOf } from '../../labels.ts'
import { numberOf, parseSeriesLine, type SeriesLine } from './series-notation.ts'

type Command = Clear | Load | Evaluation

interface Clear {
  kind: 'clear'
  line: number
}

export interface Load {
  kind: 'load'
  line: number
  /** Milliseconds between the values; the first stands at zero. */
  step: number
  series: readonly SeriesLine[]
  /** Says when samples started to count, which we do not keep. */
  hasStartTimestamps: boolean
  /** Also turns classic histograms into native ones with custom buckets. */
  withCustomBuckets: boolean
}

/** When to evaluate, in milliseconds; an instant is a range of one step. */
export interface When {
  kind: 'instant' | 'range'
  start: number
  end: number
  step: number
}

export interface Evaluation {
  kind: 'eval'
  line: number
  query: string
  when: When
  ordered: boolean
  notes: readonly NoteExpectation[]
  results: readonly SeriesLine[]
  scalar: number | undefined
  text: string | undefined
  /** The answer is a vector of range vectors, told by `expect range vector`. */
  rangeVector: RangeVector | undefined
  /** What the comment line above says after `prometheus-2:`, if anything: why 2.x answers otherwise. */
  differsOnPrometheus2: string | undefined
}

/** The times at which the values of a range vector stand. */
export type RangeVector = Pick<When, 'start' | 'end' | 'step'>

export interface NoteExpectation {
  kind: 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info'
  matches: (text: string) => boolean
  wanted: string
}

class TestFileError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`)
    this.name = 'TestFileError'
    this.line = line
  }
}

export function parseTestFile(text: string): Command[] {
  const raw = text.split('\n')
  // A comment within a block ends it, as a blank line does.
  const lines = raw.map(line => (line.trim().startsWith('#') ? '' : line.trim()))
  const commands: Command[] = []
  for (let index = 0; index < lines.length; index++) {
    const first = lines[index]!
    if (first === '') continue
    const block = lines.slice(index + 1, endOfBlock(lines, index))
    const at = index + 1
    const word = first.split(/\s/, 1)[0]!.toLowerCase()
    if (word === 'clear') commands.push({ kind: 'clear', line: at })
    else if (word.startsWith('load')) commands.push(parseLoad(first, block, at))
    else if (word.startsWith('eval')) commands.push(parseEvaluation(first, block, at, raw[index - 1] ?? ''))
    else throw new TestFileError(at, `Cannot read "${first}": expected clear, load or eval`)
    if (word !== 'clear') index += block.length
  }
  return commands
}

function parseTime(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === undefined)
    throw new Error(`Cannot parse duration "${text}": expected a unit of ms, s, m, h, d, w or y`)
  return milliseconds
}

function endOfBlock(lines: readonly string[], start: number): number {
  const end = lines.indexOf('', start)
  return end === -1 ? lines.length : end
}

/** `metric@st -1m -1m`: when each sample of a series started to count. */
const startTimes = /^[^{\s]*(?:\{[^}]*\})?@st\s/

function parseLoad(first: string, block: readonly string[], line: number): Load {
  const [, custom, step] = /^load(_with_nhcb)?\s+(.+)$/i.exec(first) ?? []
  if (step === undefined) throw new TestFileError(line, `Cannot read "${first}": expected load STEP`)
  return {
    kind: 'load',
    line,
    step: located(line, () => parseTime(step)),
    series: lastOfEach(
      block.flatMap((text, index) =>
        startTimes.test(text) ? [] : [located(line + 1 + index, () => parseSeriesLine(text))],
      ),
    ),
    hasStartTimestamps: block.some(text => startTimes.test(text)),
    withCustomBuckets: custom !== undefined,
  }
}

/** A series written twice in a block is what its last line says. */
function lastOfEach(series: readonly SeriesLine[]): SeriesLine[] {
  return [...new Map(series.map(one => [keyOf(one.labels), one])).values()]
}

const instantForm = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+at\s+(\S+)\s+(.+)$/i
const rangeForm = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/i

function parseEvaluation(first: string, block: readonly string[], line: number, above: string): Evaluation {
  const instant = instantForm.exec(first)
  const range = rangeForm.exec(first)
  const form = instant ?? range
  if (form === null)
    throw new TestFileError(
      line,
      `Cannot read "${first}": expected eval instant at TIME QUERY or eval range from TIME to TIME step STEP QUERY`,
    )
  const mode = form[1]?.toLowerCase()
  const durations = located(line, () => form.slice(2, -1).map(parseTime))
  const [start = 0, end = start, step = 0] = durations
  if (range !== null && (end < start || step <= 0))
    throw new TestFileError(
      line,
      'Cannot evaluate the range: expected an end after its start and a step above zero',
    )
  const evaluation: Evaluation = {
    kind: 'eval',
    line,
    query: form.at(-1)!,
    when: { kind: instant === null ? 'range' : 'instant', start, end, step },
    ordered: mode === 'ordered',
    notes: mode === undefined || mode === 'ordered' ? [] : [anyNote(mode as NoteExpectation['kind'])],
    results: [],
    scalar: undefined,
    text: undefined,
    rangeVector: undefined,
    differsOnPrometheus2: /^\s*#\s*prometheus-2:\s*(.+)$/.exec(above)?.[1],
  }
  return block.reduce(
    (soFar, text, index) => located(line + 1 + index, () => withExpectation(soFar, text)),
    evaluation,
  )
}

function withExpectation(evaluation: Evaluation, text: string): Evaluation {
  const fail = /^expected_fail_(message|regexp)\s+(.+)$/.exec(text)
  if (fail !== null) {
    const note = fail[1] === 'message' ? exactNote('fail', fail[2]!) : patternNote('fail', fail[2]!)
    return { ...evaluation, notes: [...evaluation.notes, note] }
  }
  if (/^expect\s/.test(text)) return withExpectLine(evaluation, text)
  const scalar = /^[+-]?(?:0x[\da-f]+|[\d.]\S*|inf|nan)$/i.test(text) ? numberOf(text) : undefined
  if (scalar !== undefined) return { ...evaluation, scalar }
  const series = parseSeriesLine(text)
  if (series.values.length > 1 && evaluation.when.kind === 'instant' && evaluation.rangeVector === undefined)
    throw new Error(`Cannot expect "${text}" of an instant: expected one value`)
  return { ...evaluation, results: [...evaluation.results, series] }
}

function withExpectLine(evaluation: Evaluation, text: string): Evaluation {
  const rangeVector = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/.exec(text)
  if (rangeVector !== null) {
    const [start, end, step] = rangeVector.slice(1).map(parseTime)
    return { ...evaluation, rangeVector: { start: start!, end: end!, step: step! } }
  }
  const string = /^expect\s+string\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)$/.exec(text)
  if (string !== null) return { ...evaluation, text: textOf(string[1]!) }
  const note = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/.exec(text)
  if (note === null)
    throw new Error(
      `Cannot read "${text}": expected one of ordered, fail, warn, no_warn, info, no_info (msg: or regex:), string, range vector`,
    )
  const [, kind = '', form, wanted = ''] = note
  if (kind === 'ordered') return { ...evaluation, ordered: true }
  const expectation =
    form === 'msg'
      ? exactNote(kind as NoteExpectation['kind'], wanted.trim())
      : form === 'regex'
        ? patternNote(kind as NoteExpectation['kind'], wanted.trim())
        : anyNote(kind as NoteExpectation['kind'])
  return { ...evaluation, notes: [...evaluation.notes, expectation] }
}

function anyNote(kind: NoteExpectation['kind']): NoteExpectation {
  return { kind, matches: () => true, wanted: 'any message' }
}

function exactNote(kind: NoteExpectation['kind'], message: string): NoteExpectation {
  return { kind, matches: text => text.trim() === message, wanted: JSON.stringify(message) }
}

function patternNote(kind: NoteExpectation['kind'], pattern: string): NoteExpectation {
  const expression = new RegExp(pattern)
  return { kind, matches: text => expression.test(text), wanted: `/${pattern}/` }
}

function textOf(quoted: string): string {
  const text = unquote(quoted)
  if ('value' in text) return text.value
  throw new Error(`Cannot read ${quoted}: expected a string, got ${text.problem}`)
}

function located<T>(line: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new TestFileError(line, (error as Error).message)
  }
}
