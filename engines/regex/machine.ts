/**
 * A machine of states that goes through a text once, all alternatives at the same time: its time is that of the text
 * times that of the pattern, whatever the two are. Of several matches it finds the one a backtracking search would find
 * first, as RE2 does, captured groups included.
 */

import type { Assertion, Node, Pattern } from './parse.ts'

/** What `search` finds: where the match and then each group begins and ends, -1 where a group has no part in it. */
type Places = readonly number[]

export interface Machine {
  /** The first match that begins at `from` or later; a whole one goes from the text's start to its end. */
  search(text: string, from: number, isWhole: boolean): Places | undefined
}

type State =
  | { kind: 'character'; accepts: (code: number) => boolean }
  | { kind: 'assertion'; assertion: Assertion }
  | { kind: 'save'; place: number }
  /** Both are tried, the first one's matches are taken first. */
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number }
  | { kind: 'match' }

export function createMachine({ root, groups }: Pattern): Machine {
  const states = statesOf(root)
  return { search: (text, from, isWhole) => search(states, (groups + 1) * 2, text, from, isWhole) }
}

/**
 * Tells whether a text matches as a whole, or anywhere in it. The sets of states that can be reached are kept with where
 * each character leads from them, so that most characters cost one look-up. Assertions depend on what stands around
 * them, which such a set does not know: patterns with one are left to the machine.
 */
export function createTester(pattern: Pattern, isWhole: boolean): (text: string) => boolean {
  const states = statesOf(pattern.root)
  if (states.some(({ kind }) => kind === 'assertion')) {
    const machine = createMachine(pattern)
    return text => machine.search(text, 0, isWhole) !== undefined
  }
  const reached = new Int32Array(states.length).fill(-1)
  let lookUps = 0
  const known = new Map<string, StateSet>()
  const setOf = (from: readonly number[]): StateSet => {
    reached.fill(-1)
    const starts = isWhole ? from : [...from, 0]
    const members = starts.flatMap(state => follow(states, reached, { state, places: [] }, '', 0))
    const numbers = members.map(({ state }) => state).sort((a, b) => a - b)
    const key = numbers.join()
    const set = known.get(key) ?? {
      numbers,
      accepts: numbers.some(number => states[number]!.kind === 'match'),
      next: new Map(),
    }
    known.set(key, set)
    return set
  }
  const after = ({ numbers, next }: StateSet, code: number): StateSet => {
    const set = setOf(
      numbers.flatMap(number => {
        const state = states[number]!
        return state.kind === 'character' && state.accepts(code) ? [number + 1] : []
      }),
    )
    if (lookUps++ > mostLookUps) {
      known.clear()
      first = setOf([0])
      lookUps = 0
    } else next.set(code, set)
    return set
  }
  let first = setOf([0])
  return text => {
    let set = first
    for (let at = 0; at < text.length; ) {
      if (!isWhole && set.accepts) return true
      if (set.numbers.length === 0) return false
      const code = text.codePointAt(at)!
      set = set.next.get(code) ?? after(set, code)
      at += code > 0xffff ? 2 : 1
    }
    return set.accepts
  }
}

/** States the text so far may have led to, and the sets that the next character leads to. */
interface StateSet {
  numbers: readonly number[]
  accepts: boolean
  next: Map<number, StateSet>
}

/** More are forgotten, because there may be as many sets as subsets of the states. */
const mostLookUps = 10_000

function statesOf(root: Node): State[] {
  const states: State[] = []
  compile(states, { kind: 'group', inner: root, index: 0 })
  states.push({ kind: 'match' })
  return states
}

function compile(states: State[], node: Node): void {
  switch (node.kind) {
    case 'character':
      states.push({ kind: 'character', accepts: acceptorOf(node.source) })
      return
    case 'assertion':
      states.push(node)
      return
    case 'sequence':
      for (const part of node.parts) compile(states, part)
      return
    case 'group':
      if (node.index !== undefined) states.push({ kind: 'save', place: node.index * 2 })
      compile(states, node.inner)
      if (node.index !== undefined) states.push({ kind: 'save', place: node.index * 2 + 1 })
      return
    case 'choice':
      compileChoice(states, node.branches)
      return
    case 'repetition':
      compileRepetition(states, node)
  }
}

function compileChoice(states: State[], branches: readonly Node[]): void {
  const jumps: number[] = []
  for (const [index, branch] of branches.entries()) {
    const isLast = index === branches.length - 1
    const split = isLast ? undefined : reserve(states)
    compile(states, branch)
    if (split === undefined) continue
    jumps.push(reserve(states))
    states[split] = { kind: 'split', first: split + 1, second: states.length }
  }
  for (const jump of jumps) states[jump] = { kind: 'jump', to: states.length }
}

function compileRepetition(states: State[], { inner, least, most, isGreedy }: Repetition): void {
  if (most === Infinity) {
    for (let count = 1; count < least; count++) compile(states, inner)
    // A loop that may take nothing comes to its end through its inside, as RE2 has it.
    const skip = least === 0 ? reserve(states) : undefined
    const start = states.length
    compile(states, inner)
    const loop = reserve(states)
    states[loop] = splitOf(start, states.length, isGreedy)
    if (skip !== undefined) states[skip] = splitOf(start, states.length, isGreedy)
    return
  }
  for (let count = 0; count < least; count++) compile(states, inner)
  const skips: number[] = []
  for (let count = least; count < most; count++) {
    skips.push(reserve(states))
    compile(states, inner)
  }
  for (const skip of skips) states[skip] = splitOf(skip + 1, states.length, isGreedy)
}

type Repetition = Extract<Node, { kind: 'repetition' }>

function splitOf(into: number, past: number, isGreedy: boolean): State {
  return isGreedy
    ? { kind: 'split', first: into, second: past }
    : { kind: 'split', first: past, second: into }
}

/** A state to be filled in when its targets are known. */
function reserve(states: State[]): number {
  return states.push({ kind: 'match' }) - 1
}

/** Asks JavaScript about each character once. */
function acceptorOf(source: string): (code: number) => boolean {
  const regex = new RegExp(`^${source}$`, 'u')
  const known = new Map<number, boolean>()
  return code => {
    const answer = known.get(code) ?? regex.test(String.fromCodePoint(code))
    if (known.size < mostKnown) known.set(code, answer)
    return answer
  }
}

const mostKnown = 1000

interface Thread {
  state: number
  places: Places
}

function search(
  states: readonly State[],
  placeCount: number,
  text: string,
  from: number,
  isWhole: boolean,
): Places | undefined {
  const reached = new Int32Array(states.length).fill(-1)
  const nowhere: Places = new Array<number>(placeCount).fill(-1)
  let found: Places | undefined
  let threads: Thread[] = []
  for (let at = from; ; ) {
    // Only an earlier start may still win once there is a match; a whole one starts with the text.
    if (found === undefined && (!isWhole || at === 0))
      threads.push(...follow(states, reached, { state: 0, places: nowhere }, text, at))
    if (threads.length === 0 && (found !== undefined || isWhole)) break
    const code = text.codePointAt(at)
    const after = at + (code !== undefined && code > 0xffff ? 2 : 1)
    const next: Thread[] = []
    for (const { state, places } of threads) {
      const current = states[state]!
      if (current.kind === 'match') {
        if (isWhole && at < text.length) continue
        // What comes after in the list is what a backtracking search would try later.
        found = places
        break
      }
      if (current.kind === 'character' && code !== undefined && current.accepts(code))
        next.push(...follow(states, reached, { state: state + 1, places }, text, after))
    }
    if (code === undefined) break
    threads = next
    at = after
  }
  return found
}

/** The states that wait for a character, or have matched, reached from one without any; in order of preference. */
function follow(
  states: readonly State[],
  reached: Int32Array,
  from: Thread,
  text: string,
  at: number,
): Thread[] {
  const waiting: Thread[] = []
  const stack = [from]
  for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
    const { state, places } = thread
    if (reached[state] === at) continue
    reached[state] = at
    const current = states[state]!
    if (current.kind === 'split')
      stack.push({ state: current.second, places }, { state: current.first, places })
    else if (current.kind === 'jump') stack.push({ state: current.to, places })
    else if (current.kind === 'save')
      stack.push({ state: state + 1, places: places.length === 0 ? places : places.with(current.place, at) })
    else if (current.kind !== 'assertion') waiting.push(thread)
    else if (holds(current.assertion, text, at)) stack.push({ state: state + 1, places })
  }
  return waiting
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case 'text start':
      return at === 0
    case 'text end':
      return at === text.length
    case 'line start':
      return at === 0 || text[at - 1] === '\n'
    case 'line end':
      return at === text.length || text[at] === '\n'
    case 'word edge':
      return isWord(text[at - 1]) !== isWord(text[at])
    case 'no word edge':
      return isWord(text[at - 1]) === isWord(text[at])
  }
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /^\w$/.test(char)
}
