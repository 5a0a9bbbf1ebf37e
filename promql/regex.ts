/**
 * Prometheus writes regular expressions in RE2's syntax. They are read here token by token and written anew for
 * JavaScript, with every flag worked into the atoms, so that both accept and match the same.
 */

import { QueryError } from './engine/result.ts'
import type { LabelMatcher } from './language/ast.ts'
import { readClass, readEscape } from './regex-class.ts'

/** Matches a whole value, as everywhere in Prometheus; `.` matches a newline too. */
export function compileRegex(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const regex = build(pattern)
  if (compiled.size >= 1000) compiled.clear()
  compiled.set(pattern, regex)
  return regex
}

/** Finds every match anywhere in a text, `.` not matching a newline: as the functions of rule templates search. */
export function searchRegex(pattern: string): RegExp {
  return new RegExp(checked(pattern, false), 'gu')
}

/** Whether a label's value, '' where the label is missing, satisfies a matcher. */
export function predicateOf(matcher: LabelMatcher): (value: string) => boolean {
  const expected = matcher.value
  if (matcher.operator === '=') return value => value === expected
  if (matcher.operator === '!=') return value => value !== expected
  const regex = compileRegex(expected)
  return matcher.operator === '=~' ? value => regex.test(value) : value => !regex.test(value)
}

/** Fills `$1`, `${1}`, `$name`, `${name}` and `$$` from a match; what names no group becomes empty. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/gu, (_, bare?: string, braced?: string) => {
    const name = bare ?? braced
    if (name === undefined) return '$'
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? ''
  })
}

const compiled = new Map<string, RegExp>()

/** RE2 bounds a counted repetition, and all that are nested in one another together. */
const mostRepetitions = 1000

interface Flags {
  ignoreCase: boolean
  multiline: boolean
  dotAll: boolean
  ungreedy: boolean
}

interface Group {
  flags: Flags
  /** The largest product of counted repetitions inside. */
  repetitions: number
  start: number
}

function build(pattern: string): RegExp {
  return new RegExp(`^(?:${checked(pattern, true)})$`, 'u')
}

/** The pattern in JavaScript's syntax. */
function checked(pattern: string, dotAll: boolean): string {
  try {
    const source = translate(pattern, dotAll)
    new RegExp(source, 'u')
    return source
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new QueryError('parse', `Cannot compile the regular expression ${JSON.stringify(pattern)}: ${why}`)
  }
}

function translate(pattern: string, dotAll: boolean): string {
  const out: string[] = []
  const groups: Group[] = []
  const names = new Set<string>()
  let flags: Flags = { ignoreCase: false, multiline: false, dotAll, ungreedy: false }
  let repetitions = 1
  /** Where in `out` the atom begins that a repetition would repeat; -1 when there is none. */
  let atom = -1
  let atomRepetitions = 1
  let repeated = false
  let at = 0
  const put = (text: string) => {
    atom = out.length
    atomRepetitions = 1
    repeated = false
    out.push(text)
  }
  const putCased = (text: string) => put(flags.ignoreCase ? `(?i:${text})` : text)
  while (at < pattern.length) {
    const char = String.fromCodePoint(pattern.codePointAt(at)!)
    const rest = pattern.slice(at)
    const quantifier = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})(\??)/.exec(rest)
    if (quantifier !== null) {
      if (atom < 0) throw new Error(`missing argument to repetition operator \`${quantifier[0]}\``)
      if (repeated) throw new Error(`invalid nested repetition operator \`${quantifier[0]}\``)
      const [text, low, comma, high, lazy] = quantifier
      atomRepetitions *= countOf(text, low, comma, high)
      if (atomRepetitions > mostRepetitions) throw new Error(`invalid repeat count \`${text}\``)
      repetitions = Math.max(repetitions, atomRepetitions)
      const bare = lazy === '' ? text : text.slice(0, -1)
      out[atom] = `(?:${out[atom]}`
      out.push(`)${bare}${(lazy === '?') !== flags.ungreedy ? '?' : ''}`)
      repeated = true
      at += text.length
    } else if (char === '(') {
      const opened = openGroup(rest, flags, names)
      at += opened.length
      if (opened.source === undefined) flags = opened.flags
      else {
        groups.push({ flags, repetitions, start: out.length })
        flags = opened.flags
        repetitions = 1
        out.push(opened.source)
      }
      atom = -1
    } else if (char === ')') {
      const group = groups.pop()
      if (group === undefined) throw new Error('unexpected )')
      out.push(')')
      flags = group.flags
      atom = group.start
      atomRepetitions = repetitions
      repetitions = Math.max(repetitions, group.repetitions)
      repeated = false
      at++
    } else if (char === '|') {
      out.push('|')
      atom = -1
      at++
    } else if (char === '[') {
      const { source, length } = readClass(rest)
      putCased(source)
      at += length
    } else if (rest.startsWith('\\Q')) {
      const end = rest.indexOf('\\E')
      for (const quoted of end < 0 ? rest.slice(2) : rest.slice(2, end)) putCased(literal(quoted))
      at += end < 0 ? rest.length : end + 2
    } else if (char === '\\') {
      const { source, length } = readEscape(rest)
      putCased(source)
      at += length
    } else {
      if (char === '.') put(flags.dotAll ? '[^]' : '[^\\n]')
      else if (char === '^') put(flags.multiline ? '(?<![^\\n])' : '^')
      else if (char === '$') put(flags.multiline ? '(?![^\\n])' : '$')
      else putCased(literal(char))
      at += char.length
    }
  }
  if (groups.length > 0) throw new Error('missing closing )')
  return out.join('')
}

function countOf(
  text: string,
  low: string | undefined,
  comma: string | undefined,
  high: string | undefined,
): number {
  if (low === undefined) return 1
  const least = Number(low)
  const most = comma === undefined ? least : high === '' || high === undefined ? least : Number(high)
  if (least > mostRepetitions || most > mostRepetitions || most < least)
    throw new Error(`invalid repeat count \`${text}\``)
  return Math.max(most, 1)
}

/** Reads `(`, `(?:`, `(?P<name>`, `(?<name>`, `(?i)` or `(?i-s:`; without a source it only sets flags. */
function openGroup(
  rest: string,
  flags: Flags,
  names: Set<string>,
): { source: string | undefined; flags: Flags; length: number } {
  if (!rest.startsWith('(?')) return { source: '(', flags, length: 1 }
  const named = /^\(\?P?<([A-Za-z0-9_]*)>/.exec(rest)
  if (named !== null) {
    const name = named[1]!
    if (name === '') throw new Error(`invalid named capture \`${named[0]}\``)
    if (names.has(name)) throw new Error(`duplicate capture group name \`${name}\``)
    if (/^\d/.test(name)) throw new Error(`a capture group's name that starts with a digit is not supported`)
    names.add(name)
    return { source: `(?<${name}>`, flags, length: named[0].length }
  }
  const set = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest)
  if (set === null || (set[1] === '' && set[2] === undefined && set[3] === ')'))
    throw new Error(`invalid or unsupported Perl syntax: \`${rest.slice(0, 3)}\``)
  const changed = { ...flags }
  for (const flag of set[1]!) changed[flagNames[flag]!] = true
  for (const flag of set[2] ?? '') changed[flagNames[flag]!] = false
  return { source: set[3] === ':' ? '(?:' : undefined, flags: changed, length: set[0].length }
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
