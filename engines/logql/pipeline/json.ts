/** `| json` and `| unpack`. */

import { eachMember, type JsonValue, labelText, type SeenKeys, undoEscapes } from '../text/json.ts'
import { join, sanitize } from '../text/label-names.ts'
import type { LineState, Run } from './state.ts'

const jsonError = 'JSONParserErr'
const mostNamed = 1000
/** Deeper objects are an error of the line, so that none exhausts the stack. */
const deepest = 500

type Outcome = 'on' | 'enough' | 'out'

interface Named {
  prefix: string
  key: string
  label: string
  isWanted: boolean
}

/** Told of each label that is set, and of the keys that lead to its value. */
type OnLabel = (label: string, keys: readonly string[]) => void

/** Every value becomes a label, one of a nested object under the joined keys; arrays and nulls do not. */
export function jsonStage(onLabel?: OnLabel): Run {
  const seen: SeenKeys = { quoted: [], keys: [], next: 0 }
  /** Under which label each of the keys was in the line before. */
  const named: Named[] = []
  const parents: string[] = []
  // Of the line and of the object in it that is being read.
  let line: string
  let state: LineState
  let outcome: Outcome
  let inner: string | undefined
  let prefix: string

  function nameOf(key: string): Named {
    const place = seen.next - 1
    const before = named[place]
    if (before !== undefined && before.key === key && before.prefix === prefix) return before
    const label = join(prefix, key)
    const now = { prefix, key, label, isWanted: state.hints.mayWant(label) }
    if (place < mostNamed) named[place] = now
    return now
  }

  function visit(key: string, value: JsonValue): boolean {
    const { hints } = state
    const depth = parents.length
    if (value.kind === 'object') {
      const outer = prefix
      prefix = nameOf(key).label
      parents.push(key)
      if (hints.shouldExtractPrefix(prefix)) inner = walk(value.start, value.end)
      parents.pop()
      prefix = outer
      return inner === undefined && outcome === 'on'
    }
    const { label, isWanted } = nameOf(key)
    if (!isWanted || value.kind === 'array' || value.kind === 'null') return true
    const passes = setLabel(
      state,
      line,
      label,
      depth,
      prefix,
      key,
      value,
      onLabel && (label => onLabel(label, [...parents, key])),
    )
    if (hints.allExtracted()) outcome = 'enough'
    else if (!passes) outcome = 'out'
    return outcome === 'on'
  }

  function walk(from: number, end: number): string | undefined {
    if (parents.length > deepest) return `expected at most ${deepest} levels of objects`
    const problem = eachMember(line, from, end, visit, seen)
    return inner ?? problem
  }

  return (text, ofLine) => {
    if (ofLine.hints.noLabels()) return text
    line = text
    state = ofLine
    outcome = 'on'
    inner = undefined
    prefix = ''
    parents.length = 0
    seen.next = 0
    const problem = walk(0, line.length)
    if ((outcome as Outcome) === 'out') return undefined
    if (problem !== undefined && outcome === 'on') state.fail(jsonError, problem)
    return line
  }
}

/** False when the line need not be looked at any more, as the label cannot pass its filter. */
function setLabel(
  state: LineState,
  line: string,
  name: string,
  depth: number,
  prefix: string,
  key: string,
  value: JsonValue,
  onLabel: ((label: string) => void) | undefined,
): boolean {
  const { hints } = state
  if (name === '') return true
  let label = name
  if (state.isTaken(name)) label = depth === 0 ? `${name}_extracted` : join(prefix, `${key}_extracted`)
  if (!hints.shouldExtract(label) || hints.isExtracted(label)) return true
  const isText = value.kind === 'string'
  state.setParsed(
    label,
    isText ? labelText(line, value.start, value.end) : line.slice(value.start, value.end),
  )
  onLabel?.(label)
  return hints.mayPass(label, state)
}

/** Of a line that was packed: its labels and, under `_entry`, the line it was. */
export function unpackStage(): Run {
  return (line, state) => {
    const { hints } = state
    if (line === '' || hints.noLabels()) return line
    if (line[0] !== '{') {
      state.fail(jsonError, 'expecting json object(6), but it is not')
      return line
    }
    const labels: [string, string][] = []
    let packed: string | undefined
    let wrong: string | undefined
    const problem = eachMember(line, 0, line.length, (key, value) => {
      if (value.kind !== 'string') return true
      if (key === '_entry') {
        packed = undoEscapes(line, value.start, value.end)
        if (packed === undefined) wrong = 'Encountered an invalid escape sequence in a string'
        return packed !== undefined
      }
      const name = state.isTaken(key) ? `${key}_extracted` : key
      if (hints.shouldExtract(name) && !hints.isExtracted(name))
        labels.push([sanitize(name), labelText(line, value.start, value.end)])
      return true
    })
    if (problem !== undefined || wrong !== undefined) {
      state.fail(jsonError, wrong ?? problem)
      return line
    }
    if (packed === undefined) return line
    for (const [name, value] of labels) {
      state.setParsed(name, value)
      if (!hints.mayPass(name, state)) return undefined
    }
    return packed
  }
}
