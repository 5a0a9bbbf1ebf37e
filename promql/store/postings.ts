/** Which series have which label: the index that answers matchers. */

import type { Labels } from '../labels.ts'
import type { LabelMatcher } from '../language/ast.ts'
import { valueTest } from './matching.ts'

export interface Indexed {
  readonly labels: Labels
}

export interface Postings<T extends Indexed> {
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
export function matching<T extends Indexed>(
  postings: Postings<T>,
  matchers: readonly LabelMatcher[],
): Iterable<T> {
  const tests = matchers.map(matcher => ({ name: matcher.name, accepts: valueTest(matcher) }))
  let fewest: Iterable<T> = postings.all
  let size = postings.all.size
  for (const { name, accepts } of tests) {
    if (accepts('')) continue
    const sets: Set<T>[] = []
    let sum = 0
    for (const [value, series] of postings.byName.get(name) ?? []) {
      if (!accepts(value)) continue
      sets.push(series)
      sum += series.size
    }
    if (sum >= size && size !== postings.all.size) continue
    fewest = sets.length === 1 ? sets[0]! : union(sets)
    size = sum
  }
  const found: T[] = []
  for (const series of fewest)
    if (tests.every(({ name, accepts }) => accepts(series.labels.get(name) ?? ''))) found.push(series)
  return found
}

function* union<T>(sets: readonly Set<T>[]): Iterable<T> {
  for (const set of sets) yield* set
}
