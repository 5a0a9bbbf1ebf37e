/**
 * Regular expressions in RE2's syntax, matched in a time that is linear in the text. JavaScript's own engine is faster
 * but backtracks: `(a+)+b` takes it years on fifty times "a". It is used where a pattern can match a text in few ways,
 * and a machine of states everywhere else.
 */

import { QueryError } from '../query-error.ts'
import { createMachine, createTester, type Machine } from './machine.ts'
import { type Assertion, type Node, type Pattern, parsePattern } from './parse.ts'

/** Matches a whole value, as everywhere in Prometheus; `.` matches a newline too. */
export interface Regex {
  test(text: string): boolean
  exec(text: string): Match | undefined
}

interface Match {
  start: number
  end: number
  /** The whole match and then the groups; undefined where one has no part in it. */
  texts: readonly (string | undefined)[]
  names: ReadonlyMap<string, number>
}

export function compileRegex(pattern: string): Regex {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const engine = newEngine(pattern, true)
  const regex = {
    test: engine.test,
    exec: (text: string) => engine.find(text, 0),
  }
  if (compiled.size >= mostCompiled) compiled.clear()
  compiled.set(pattern, regex)
  return regex
}

const compiled = new Map<string, Regex>()
const mostCompiled = 1000

/** Every match anywhere in a text, `.` not matching a newline: as the functions of rule templates search. */
export function* searchRegex(pattern: string, text: string): Generator<Match> {
  const engine = newEngine(pattern, false)
  for (let at = 0; at <= text.length; ) {
    const match = engine.find(text, at)
    if (match === undefined) return
    yield match
    const isLong = match.end > match.start
    at = isLong ? match.end : match.end + (text.codePointAt(match.end)! > 0xffff ? 2 : 1)
  }
}

/** Looks anywhere in a text, `.` not matching a newline. */
export interface SearchRegex {
  test(text: string): boolean
  /** The first match. */
  exec(text: string): Match | undefined
}

export function compileSearch(pattern: string): SearchRegex {
  const engine = newEngine(pattern, false)
  return { test: engine.test, exec: text => engine.find(text, 0) }
}

/** Go's ReplaceAllString: every match by the template, an empty one not right behind another one. */
export function replaceRegex(pattern: string, template: string, text: string): string {
  let out = ''
  let end = 0
  for (const match of searchRegex(pattern, text)) {
    out += text.slice(end, match.start)
    const isBehind = match.end === match.start && match.end === end && end > 0
    if (!isBehind) out += expandTemplate(template, match)
    end = match.end
  }
  return out + text.slice(end)
}

/** Fills `$1`, `${1}`, `$name`, `${name}` and `$$` from a match; what names no group becomes empty. */
export function expandTemplate(template: string, { texts, names }: Match): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/gu, (_, bare?: string, braced?: string) => {
    const name = bare ?? braced
    if (name === undefined) return '$'
    const index = /^\d+$/.test(name) ? Number(name) : names.get(name)
    return (index === undefined ? undefined : texts[index]) ?? ''
  })
}

interface Engine {
  test(text: string): boolean
  find(text: string, from: number): Match | undefined
}

function newEngine(pattern: string, isWhole: boolean): Engine {
  const { parsed, regex } = read(pattern, isWhole)
  const longest = longestText(parsed, isWhole)
  let machine: Machine | undefined
  let tester: ((text: string) => boolean) | undefined
  return {
    test(text) {
      if (text.length <= longest) {
        regex.lastIndex = 0
        return regex.test(text)
      }
      tester ??= createTester(parsed, isWhole)
      return tester(text)
    },
    find(text, from) {
      if (text.length > longest) {
        machine ??= createMachine(parsed)
        const places = machine.search(text, from, isWhole)
        return places === undefined ? undefined : matchAt(text, places, parsed)
      }
      regex.lastIndex = from
      const found = regex.exec(text)
      if (found === null) return undefined
      return { start: found.index, end: found.index + found[0].length, texts: found, names: parsed.names }
    },
  }
}

function read(pattern: string, isWhole: boolean): { parsed: Pattern; regex: RegExp } {
  try {
    const parsed = parsePattern(pattern, isWhole)
    const source = sourceOf(parsed.root)
    return { parsed, regex: isWhole ? new RegExp(`^(?:${source})$`, 'u') : new RegExp(source, 'gu') }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new QueryError('parse', `Cannot compile the regular expression ${JSON.stringify(pattern)}: ${why}`)
  }
}

function matchAt(text: string, places: readonly number[], { names }: Pattern): Match {
  const texts = Array.from({ length: places.length / 2 }, (_, group) => {
    const [start, end] = [places[group * 2]!, places[group * 2 + 1]!]
    return end < 0 ? undefined : text.slice(start, end)
  })
  return { start: places[0]!, end: places[1]!, texts, names }
}

/** The pattern in JavaScript's syntax. */
function sourceOf(node: Node): string {
  switch (node.kind) {
    case 'character':
      return node.source
    case 'assertion':
      return assertions[node.assertion]
    case 'sequence':
      return node.parts.map(sourceOf).join('')
    case 'choice':
      return `(?:${node.branches.map(sourceOf).join('|')})`
    case 'group':
      return `(${node.index === undefined ? '?:' : ''}${sourceOf(node.inner)})`
    case 'repetition': {
      const { least, most, isGreedy } = node
      const counts = `{${least},${most === Infinity ? '' : most}}`
      return `(?:${sourceOf(node.inner)})${counts}${isGreedy ? '' : '?'}`
    }
  }
}

const assertions: { [assertion in Assertion]: string } = {
  'text start': '^',
  'text end': '$',
  'line start': '(?<![^\\n])',
  'line end': '(?![^\\n])',
  'word edge': '\\b',
  'no word edge': '\\B',
}

/** How many ways through a text JavaScript's engine may be made to go. */
const mostWays = 100_000

/** The longest text that is safe to give it; -1 if none is. */
function longestText({ root }: Pattern, isWhole: boolean): number {
  const isSafe = (length: number) => waysOf(root, length) * (isWhole ? 1 : length + 1) <= mostWays
  let [safe, unsafe] = [-1, mostWays + 1]
  while (unsafe - safe > 1) {
    const middle = Math.floor((safe + unsafe) / 2)
    if (isSafe(middle)) safe = middle
    else unsafe = middle
  }
  return safe
}

/**
 * In how many ways a node may match within a text of this length, at most. A repetition of what itself can match in
 * several ways has no bound that helps. Nor may it capture, as JavaScript forgets groups at each turn and RE2 does not;
 * nor be of what can be empty, which JavaScript would not take.
 */
function waysOf(node: Node, length: number): number {
  switch (node.kind) {
    case 'character':
    case 'assertion':
      return 1
    case 'sequence':
      return node.parts.reduce((ways, part) => ways * waysOf(part, length), 1)
    case 'choice':
      return node.branches.reduce((ways, branch) => ways + waysOf(branch, length), 0)
    case 'group':
      return waysOf(node.inner, length)
    case 'repetition': {
      const { inner, least, most } = node
      const ways = waysOf(inner, length)
      const isOption = least === 0 && most === 1
      if (ways > 1 && (!isOption || canBeEmpty(inner))) return Infinity
      if (isOption) return ways + 1
      if (captures(inner)) return Infinity
      return Math.min(most - least, length) + 1
    }
  }
}

function canBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case 'character':
      return false
    case 'assertion':
      return true
    case 'sequence':
      return node.parts.every(canBeEmpty)
    case 'choice':
      return node.branches.some(canBeEmpty)
    case 'group':
      return canBeEmpty(node.inner)
    case 'repetition':
      return node.least === 0 || canBeEmpty(node.inner)
  }
}

function captures(node: Node): boolean {
  if (node.kind === 'group') return node.index !== undefined || captures(node.inner)
  if (node.kind === 'repetition') return captures(node.inner)
  if (node.kind === 'sequence') return node.parts.some(captures)
  return node.kind === 'choice' && node.branches.some(captures)
}
