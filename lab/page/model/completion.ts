/** What may come next at a place of a query, in the three languages, from the text before it alone. */

export type Source = 'prometheus' | 'loki' | 'tempo'

/** The words from `from` to the cursor are replaced by what is chosen. */
export interface Place {
  from: number
  prefix: string
  wants: Wants
}

export type Wants =
  /** A metric, a function or a keyword: whatever begins an expression. */
  | { kind: 'expression' }
  /** The name of a label or attribute; in braces a comparison follows it. `selector` is what it is narrowed by already. */
  | { kind: 'name'; selector: string; isCompared: boolean }
  | { kind: 'value'; name: string; selector: string; isQuoted: boolean }
  | { kind: 'duration' }
  /** After a `|`. */
  | { kind: 'stage'; selector: string }

const word = /[\w:.]*$/
const groupings = /\b(by|without|on|ignoring|group_left|group_right)\s*$/i
const comparison = /([A-Za-z_][\w:.-]*|\.[\w.-]+)\s*(=~|!~|!=|>=|<=|=|>|<)\s*$/

/** Undefined where nothing can be said, such as within a text. */
export function placeAt(source: Source, text: string, at: number): Place | undefined {
  const { open, string } = contextAt(text, at)
  const inner = open.at(-1)
  const selector = selectorAround(source, text, inner, at)
  if (string !== undefined) {
    const name = inner?.bracket === '{' ? comparison.exec(text.slice(0, string))?.[1] : undefined
    if (name === undefined) return undefined
    const prefix = text.slice(string + 1, at)
    return { from: string + 1, prefix, wants: { kind: 'value', name, selector, isQuoted: true } }
  }
  const prefix = word.exec(text.slice(0, at))![0]
  const from = at - prefix.length
  const before = text.slice(0, from)
  const place = (wants: Wants): Place => ({ from, prefix, wants })
  if (inner?.bracket === '[') return place({ kind: 'duration' })
  if (inner?.bracket === '{') {
    const name = comparison.exec(before)?.[1]
    if (name !== undefined) return place({ kind: 'value', name, selector, isQuoted: false })
    const isStart = /[{,(]\s*$|(&&|\|\|)\s*$/.test(before)
    return isStart ? place({ kind: 'name', selector, isCompared: true }) : undefined
  }
  if (inner?.bracket === '(' && groupings.test(text.slice(0, inner.at)))
    return place({ kind: 'name', selector: '', isCompared: false })
  if (source !== 'prometheus' && /\|\s*$/.test(before)) {
    const last = /.*(\{[^{}]*\})/s.exec(before)?.[1] ?? ''
    return place({ kind: 'stage', selector: last })
  }
  // Behind a finished part comes an operator, not a name.
  const isStart = before.trim() === '' || /[(,+\-*/%^=<>]\s*$|\b(and|or|unless|bool|atan2)\s+$/i.test(before)
  return isStart ? place({ kind: 'expression' }) : undefined
}

interface Open {
  bracket: string
  at: number
}

const closing: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' }

/** Brackets that are open at a place, and where the text begins in which it lies. */
function contextAt(text: string, at: number): { open: Open[]; string: number | undefined } {
  const open: Open[] = []
  for (let i = 0; i < at; i++) {
    const character = text[i]!
    if (character === '"' || character === "'" || character === '`') {
      const start = i
      for (i++; i < at && text[i] !== character; i++) if (text[i] === '\\' && character !== '`') i++
      if (i >= at) return { open, string: start }
    } else if (character === '#') while (i + 1 < at && text[i + 1] !== '\n') i++
    else if (character in closing) open.push({ bracket: character, at: i })
    else if (Object.values(closing).includes(character)) open.pop()
  }
  return { open, string: undefined }
}

/** The metric and the matchers that are complete, without the one that is being written: `orders{job="shop"}`. */
function selectorAround(source: Source, text: string, inner: Open | undefined, at: number): string {
  if (source === 'tempo' || inner?.bracket !== '{') return ''
  const metric = source === 'prometheus' ? (/[A-Za-z_:][\w:]*$/.exec(text.slice(0, inner.at))?.[0] ?? '') : ''
  const matchers = [
    ...text.slice(inner.at, at).matchAll(/[\w.]+\s*(=~|!~|!=|=)\s*("(\\.|[^"\\])*"|`[^`]*`)/g),
  ]
  const known = matchers.map(([matcher]) => matcher)
  if (metric === '' && known.length === 0) return ''
  return known.length === 0 ? metric : `${metric}{${known.join(',')}}`
}

/** Those that begin so come first, then those that hold it somewhere; what is there already is no help. */
export function matching<Option extends { text: string }>(
  options: readonly Option[],
  prefix: string,
  most: number,
): Option[] {
  const wanted = prefix.toLowerCase()
  const rank = ({ text }: Option) => text.toLowerCase().indexOf(wanted)
  const found = options.filter(option => rank(option) >= 0 && option.text !== prefix)
  const isFirst = (option: Option) => (rank(option) === 0 ? 0 : 1)
  return found.toSorted((a, b) => isFirst(a) - isFirst(b)).slice(0, most)
}
