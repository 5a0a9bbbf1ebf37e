/**
 * Reads a regular expression in RE2's syntax, token by token, with every flag worked into the atoms: what is left means
 * the same to a backtracking engine and to a machine of states.
 */

import { readClass, readEscape } from './class.ts'

export type Node =
  /** One code point; the source is JavaScript's, under the `u` flag. */
  | { kind: 'character'; source: string }
  | { kind: 'assertion'; assertion: Assertion }
  | { kind: 'sequence'; parts: readonly Node[] }
  | { kind: 'choice'; branches: readonly Node[] }
  /** Without an index it captures nothing. */
  | { kind: 'group'; inner: Node; index: number | undefined }
  | { kind: 'repetition'; inner: Node; least: number; most: number; isGreedy: boolean }

export type Assertion = 'text start' | 'text end' | 'line start' | 'line end' | 'word edge' | 'no word edge'

export interface Pattern {
  root: Node
  /** How many groups capture; the first has index 1. */
  groups: number
  names: ReadonlyMap<string, number>
}

/** RE2 bounds a counted repetition, and all that are nested in one another together. */
const mostRepetitions = 1000
const deepest = 1000

interface Flags {
  ignoreCase: boolean
  multiline: boolean
  dotAll: boolean
  ungreedy: boolean
}

/** A group that is open, or the whole pattern. */
interface Frame {
  branches: Node[][]
  index: number | undefined
  /** To come back to when it closes. */
  flags: Flags
  /** The largest product of counted repetitions inside so far. */
  repetitions: number
}

/** Throws an error in RE2's words. */
export function parsePattern(pattern: string, dotAll: boolean): Pattern {
  let flags: Flags = { ignoreCase: false, multiline: false, dotAll, ungreedy: false }
  const whole: Frame = { branches: [[]], index: undefined, flags, repetitions: 1 }
  const open: Frame[] = [whole]
  const names = new Map<string, number>()
  let groups = 0
  /** Counted repetitions in the atom before, which a repetition would repeat; undefined when there is none. */
  let repeatable: number | undefined
  let isRepeated = false
  let at = 0
  const branch = () => open.at(-1)!.branches.at(-1)!
  const put = (node: Node) => {
    branch().push(node)
    repeatable = 1
    isRepeated = false
  }
  const putCharacter = (source: string) =>
    put({ kind: 'character', source: flags.ignoreCase ? `(?i:${source})` : source })
  while (at < pattern.length) {
    const char = String.fromCodePoint(pattern.codePointAt(at)!)
    const rest = pattern.slice(at)
    const quantifier = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})(\??)/.exec(rest)
    if (quantifier !== null) {
      const [text] = quantifier
      if (repeatable === undefined) throw new Error(`missing argument to repetition operator \`${text}\``)
      if (isRepeated) throw new Error(`invalid nested repetition operator \`${text}\``)
      const { least, most, counted } = countsOf(quantifier)
      repeatable *= counted
      if (repeatable > mostRepetitions) throw new Error(`invalid repeat count \`${text}\``)
      const frame = open.at(-1)!
      frame.repetitions = Math.max(frame.repetitions, repeatable)
      const isGreedy = (quantifier[4] === '') !== flags.ungreedy
      branch().push({ kind: 'repetition', inner: branch().pop()!, least, most, isGreedy })
      isRepeated = true
      at += text.length
    } else if (char === '(') {
      const opened = openGroup(rest, flags)
      if (opened.isGroup) {
        if (open.length > deepest) throw new Error('expression nests too deeply')
        open.push({
          branches: [[]],
          index: opened.captures ? ++groups : undefined,
          flags,
          repetitions: 1,
        })
        if (opened.name !== undefined && names.has(opened.name))
          throw new Error(`duplicate capture group name \`${opened.name}\``)
        if (opened.name !== undefined) names.set(opened.name, groups)
      }
      flags = opened.flags
      repeatable = undefined
      at += opened.length
    } else if (char === ')') {
      if (open.length === 1) throw new Error('unexpected )')
      const closed = open.pop()!
      const frame = open.at(-1)!
      put({ kind: 'group', inner: choiceOf(closed.branches), index: closed.index })
      flags = closed.flags
      repeatable = closed.repetitions
      frame.repetitions = Math.max(frame.repetitions, closed.repetitions)
      at++
    } else if (char === '|') {
      open.at(-1)!.branches.push([])
      repeatable = undefined
      at++
    } else if (char === '[') {
      const { source, length } = readClass(rest)
      putCharacter(source)
      at += length
    } else if (rest.startsWith('\\Q')) {
      const end = rest.indexOf('\\E')
      for (const quoted of end < 0 ? rest.slice(2) : rest.slice(2, end)) putCharacter(literal(quoted))
      at += end < 0 ? rest.length : end + 2
    } else if (char === '\\') {
      const assertion = escapedAssertions[rest[1] ?? '']
      if (assertion !== undefined) put({ kind: 'assertion', assertion })
      const { source, length } = assertion === undefined ? readEscape(rest) : { source: '', length: 2 }
      if (assertion === undefined) putCharacter(source)
      at += length
    } else {
      if (char === '.') put({ kind: 'character', source: flags.dotAll ? '[^]' : '[^\\n]' })
      else if (char === '^')
        put({ kind: 'assertion', assertion: flags.multiline ? 'line start' : 'text start' })
      else if (char === '$') put({ kind: 'assertion', assertion: flags.multiline ? 'line end' : 'text end' })
      else putCharacter(literal(char))
      at += char.length
    }
  }
  if (open.length > 1) throw new Error('missing closing )')
  return { root: choiceOf(whole.branches), groups, names }
}

function choiceOf(branches: readonly Node[][]): Node {
  const sequences = branches.map(
    (parts): Node => (parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }),
  )
  return sequences.length === 1 ? sequences[0]! : { kind: 'choice', branches: sequences }
}

const escapedAssertions: { [letter: string]: Assertion } = {
  A: 'text start',
  z: 'text end',
  b: 'word edge',
  B: 'no word edge',
}

/** How often a quantifier repeats, and for how much it counts against the bound. */
function countsOf([text, low, comma, high]: RegExpExecArray): {
  least: number
  most: number
  counted: number
} {
  if (low === undefined)
    return { least: text.startsWith('+') ? 1 : 0, most: text.startsWith('?') ? 1 : Infinity, counted: 1 }
  const least = Number(low)
  const most = comma === undefined ? least : high === '' ? Infinity : Number(high)
  const counted = most === Infinity ? least : most
  if (least > mostRepetitions || counted > mostRepetitions || most < least)
    throw new Error(`invalid repeat count \`${text}\``)
  return { least, most, counted: Math.max(counted, 1) }
}

interface Opened {
  /** False when it only sets flags from here on. */
  isGroup: boolean
  captures: boolean
  name: string | undefined
  flags: Flags
  length: number
}

/** Reads `(`, `(?:`, `(?P<name>`, `(?<name>`, `(?i)` or `(?i-s:`. */
function openGroup(rest: string, flags: Flags): Opened {
  const group = { isGroup: true, captures: true, name: undefined, flags, length: 1 }
  if (!rest.startsWith('(?')) return group
  const named = /^\(\?P?<([A-Za-z0-9_]*)>/.exec(rest)
  if (named?.[1] === '') throw new Error(`invalid named capture \`${named[0]}\``)
  if (named !== null) return { ...group, name: named[1]!, length: named[0].length }
  const set = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest)
  if (set === null || (set[1] === '' && set[2] === undefined && set[3] === ')'))
    throw new Error(`invalid or unsupported Perl syntax: \`${rest.slice(0, 3)}\``)
  const changed = { ...flags }
  for (const flag of set[1]!) changed[flagNames[flag]!] = true
  for (const flag of set[2] ?? '') changed[flagNames[flag]!] = false
  return { ...group, isGroup: set[3] === ':', captures: false, flags: changed, length: set[0].length }
}

const flagNames: { [flag: string]: keyof Flags } = {
  i: 'ignoreCase',
  m: 'multiline',
  s: 'dotAll',
  U: 'ungreedy',
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
}
