/** Which series have which label: the index that answers matchers. */

import type { Labels } from '../../labels.ts'
import type { LabelMatcher } from '../../matchers.ts'
import { predicateOf } from '../../matchers.ts'

interface Indexed {
  readonly labels: Labels
}

interface Postings<T extends Indexed> {
  all: Set<T>
  byName: Map<string, Map<string, Set<T>>>
}

export function newPostings<T extends Indexed>(): Postings<T> {
  return { all: new Set(), byName: new Map() }
}

export function addPosting<T extends Indexed>(postings: Postings<T>, series: T): void {
  postings.all.add(series)
  for (const [name, value] of series.labels) {
    const values = postings.byName.get(name) ?? new Map<string, Set<T>>()
    if (values.size === 0) postings.byName.set(name, values)
    const known = values.get(value)
    if (known === undefined) values.set(value, new Set([series]))
    else known.add(series)
  }
}

export function removePosting<T extends Indexed>(postings: Postings<T>, series: T): void {
  postings.all.delete(series)
  for (const [name, value] of series.labels) {
    const values = postings.byName.get(name)!
    const known = values.get(value)!
    known.delete(series)
    if (known.size === 0) values.delete(value)
    if (values.size === 0) postings.byName.delete(name)
  }
}

/** A matcher that accepts "" also takes series without the label. */
export function matching<T extends Indexed>(postings: Postings<T>, matchers: readonly LabelMatcher[]): T[] {
  const tests = matchers.map(matcher => ({ name: matcher.name, accepts: remembering(matcher) }))
  let fewest: Set<T>[] = [postings.all]
  matchers.forEach(({ name, operator, value }, index) => {
    const { accepts } = tests[index]!
    if (accepts('')) return
    const values = postings.byName.get(name) ?? new Map<string, Set<T>>()
    const accepted = operator === '=' ? [value] : [...values.keys()].filter(accepts)
    const sets = accepted.flatMap(known => values.get(known) ?? [])
    if (sizeOf(sets) < sizeOf(fewest)) fewest = sets
  })
  const found: T[] = []
  for (const set of fewest)
    for (const series of set)
      if (tests.every(({ name, accepts }) => accepts(series.labels.get(name) ?? ''))) found.push(series)
  return found
}

/** Each value goes through a regular expression once. */
function remembering(matcher: LabelMatcher): (value: string) => boolean {
  const test = predicateOf(matcher)
  if (matcher.operator === '=' || matcher.operator === '!=') return test
  const answers = new Map<string, boolean>()
  return value => {
    const known = answers.get(value)
    if (known !== undefined) return known
    const answer = test(value)
    answers.set(value, answer)
    return answer
  }
}

function sizeOf<T>(sets: readonly Set<T>[]): number {
  return sets.reduce((sum, set) => sum + set.size, 0)
}
