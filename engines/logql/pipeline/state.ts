/** The labels of one line on its way through the stages. */

import { keyOf, type Labels } from '../../labels.ts'
import { newPlaces } from '../../places.ts'

/** The line as a stage leaves it; undefined when it is filtered out. */
export type Run = (line: string, state: LineState) => string | undefined

export type Metadata = readonly (readonly [name: string, value: string])[]

/**
 * Labels come from three places. A label keeps its name in this order: of the stream, of structured metadata, parsed from
 * the line; a later one is then called `name_extracted`. What stages set is counted as parsed.
 */
export interface LineState {
  readonly hints: Hints
  /** Nanoseconds within the millisecond, and the milliseconds, of the line. */
  time: number
  nanos: number
  error: string
  details: string
  begin(stream: Labels, metadata: Metadata | undefined, time: number, nanos: number): void
  /** Whether a parsed label of this name would have to be called otherwise. */
  isTaken(name: string): boolean
  get(name: string): string | undefined
  setParsed(name: string, value: string): void
  delete(name: string): void
  fail(error: string, details: string | undefined): void
  /** Those of structured metadata, and those that stages read from the line or set. */
  metadata(): ReadonlyMap<string, string>
  parsed(): ReadonlyMap<string, string>
  /** All labels in no order, the error's too. */
  entries(): [string, string][]
  /** All labels, or those that a template sees. */
  result(): LabelSet
  grouped(): LabelSet
}

/** What parsers may leave out; hints.ts says why. */
export interface Hints {
  /** Parsers have nothing to do. */
  noLabels(): boolean
  shouldExtract(name: string): boolean
  /** Whether a value under this name should be, be it as `name_extracted`. */
  mayWant(name: string): boolean
  shouldExtractPrefix(prefix: string): boolean
  isExtracted(name: string): boolean
  recordExtracted(name: string): void
  allExtracted(): boolean
  reset(): void
  /** Whether a filter asks for errors, which then are no reason for the query to fail. */
  keepsErrors: boolean
  /** Whether the label may still pass the filter that asks for it. */
  mayPass(name: string, state: LineState): boolean
}

/** A filter of one label, by the name of the label. */
export interface FilterHint {
  name: string
  passes(state: LineState): boolean
}

/** Labels with the text that tells them apart; an empty value is a label here, unlike in Prometheus. */
export interface LabelSet {
  labels: Labels
  key: string
}

interface GroupBy {
  groups: readonly string[]
  without: boolean
  noLabels: boolean
}

export const errorLabel = '__error__'
export const detailsLabel = '__error_details__'
export const keptErrorLabel = '__preserve_error__'

export function newState(hints: Hints, { groups, without, noLabels }: GroupBy): LineState {
  let base: Labels = new Map()
  let baseSet: LabelSet = { labels: base, key: '' }
  let baseGroup: LabelSet | undefined
  let metadata = new Map<string, string>()
  const parsed = new Map<string, string>()
  const deleted = new Set<string>()
  const known = new Map<string, LabelSet>()
  const isChanged = () => deleted.size > 0 || metadata.size > 0 || parsed.size > 0
  const group = new Set(groups)
  const places = newPlaces<string | undefined, LabelSet>(mostKnown)

  /** One object per label set, as most lines have the labels of another. */
  function labelSet(pairs: [string, string][]): LabelSet {
    pairs.sort(byName)
    let key = ''
    for (const [name, value] of pairs) key += `${name}\xff${value}\xff`
    let set = known.get(key)
    if (set === undefined) {
      set = { labels: new Map(pairs), key }
      if (known.size < mostKnown) known.set(key, set)
    }
    return set
  }

  function groupValue(name: string): string | undefined {
    return deleted.has(name) ? undefined : (metadata.get(name) ?? parsed.get(name) ?? base.get(name))
  }

  function groupPairs(): [string, string][] {
    const pairs: [string, string][] = []
    for (const name of group) {
      const value = groupValue(name)
      if (value !== undefined) pairs.push([name, value])
    }
    return pairs
  }

  function entries(): [string, string][] {
    const pairs: [string, string][] = []
    for (const [name, value] of base)
      if (!deleted.has(name) && !metadata.has(name) && !parsed.has(name)) pairs.push([name, value])
    for (const [name, value] of metadata) if (!parsed.has(name)) pairs.push([name, value])
    for (const pair of parsed) pairs.push(pair)
    if (state.error !== '') pairs.push([errorLabel, state.error])
    if (state.details !== '') pairs.push([detailsLabel, state.details])
    return pairs
  }

  const state: LineState = {
    hints,
    time: 0,
    nanos: 0,
    error: '',
    details: '',
    begin(stream, lineMetadata, time, nanos) {
      if (stream !== base) {
        base = stream
        baseSet = { labels: stream, key: keyOf(stream) }
        baseGroup = undefined
      }
      if (metadata.size > 0) metadata = new Map()
      if (parsed.size > 0) parsed.clear()
      if (deleted.size > 0) deleted.clear()
      state.error = ''
      state.details = ''
      state.time = time
      state.nanos = nanos
      hints.reset()
      if (lineMetadata === undefined) return
      for (const [name, value] of lineMetadata) {
        const free = base.has(name) ? `${name}_extracted` : name
        if (free === errorLabel) state.error = value
        else if (free === detailsLabel) state.details = value
        else metadata.set(free, value)
      }
    },
    isTaken: name => base.has(name) || metadata.has(name),
    get(name) {
      const value = metadata.get(name) ?? parsed.get(name)
      if (value !== undefined) return value
      return deleted.has(name) ? undefined : base.get(name)
    },
    setParsed(name, value) {
      if (metadata.size > 0) metadata.delete(name)
      parsed.set(name, value)
      hints.recordExtracted(name)
    },
    delete(name) {
      metadata.delete(name)
      parsed.delete(name)
      deleted.add(name)
    },
    fail(error, details) {
      state.error = error
      if (details !== undefined) state.details = details
      if (hints.keepsErrors) state.setParsed(keptErrorLabel, 'true')
    },
    metadata: () => metadata,
    parsed: () => parsed,
    entries,
    result: () => (isChanged() || state.error !== '' ? labelSet(entries()) : baseSet),
    grouped() {
      if (state.error !== '') return state.result()
      if (noLabels) return emptySet
      if (group.size === 0) return state.result()
      if (!isChanged()) {
        baseGroup ??= labelSet([...base].filter(([name]) => group.has(name) !== without))
        return baseGroup
      }
      if (without) {
        const pairs = entries().filter(([name]) => !group.has(name) && name !== detailsLabel)
        return labelSet(pairs)
      }
      let place = places.root
      for (const name of group) place = places.below(place, groupValue(name))
      place.found ??= labelSet(groupPairs())
      return place.found
    },
  }
  return state
}

/** Beyond so many label sets they are made anew. */
const mostKnown = 100_000

const emptySet: LabelSet = { labels: new Map(), key: '' }

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]) =>
  a < b ? -1 : a > b ? 1 : 0
