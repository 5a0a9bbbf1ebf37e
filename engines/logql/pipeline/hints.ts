/**
 * What the rest of a query needs of a line: parsers skip what nothing reads, and give up on a line as soon as a label
 * cannot pass its filter. Loki does the same, and it shows: in `sum(count_over_time({…} | json [1m]))` no label is needed,
 * so that a malformed line is never noticed.
 */

import type { FilterHint, Hints } from './state.ts'

const suffix = '_extracted'

interface Needs {
  /** Labels that stages and `unwrap` read. */
  labels: readonly string[]
  groups: readonly string[]
  without: boolean
  /** All labels are dropped at the end. */
  noGroups: boolean
  filters: readonly FilterHint[]
}

export function newHints({ labels, groups, without, noGroups, filters }: Needs): Hints {
  const required = new Set<string>()
  for (const name of [...labels, ...groups]) {
    if (name === '') continue
    required.add(name)
    const bare = name.endsWith(suffix) ? name.slice(0, -suffix.length) : ''
    if (bare !== '') required.add(bare)
  }
  if (noGroups) return required.size > 0 ? create(required, filters) : create(new Set(), [], true)
  // Which labels a grouping leaves is only known where it names them.
  if (without || groups.length === 0) return create(new Set(), filters)
  return create(required, [])
}

const mostNames = 10_000

function create(required: ReadonlySet<string>, filters: readonly FilterHint[], isIdle = false): Hints {
  const names = [...required]
  // In which line each label was extracted last: a set would have to be emptied for every line.
  const extracted = new Map<string, number>()
  let line = 0
  let count = 0
  const isExtracted = (name: string) => extracted.get(name) === line
  const first = new Map<string, FilterHint>()
  for (const filter of filters) if (!first.has(filter.name)) first.set(filter.name, filter)
  const isAny = required.size === 0
  const allExtracted = () => !isAny && count >= names.length && names.every(isExtracted)
  return {
    noLabels: () => isIdle || allExtracted(),
    mayWant: name => isAny || required.has(name) || required.has(`${name}${suffix}`),
    shouldExtract: name => isAny || required.has(name),
    shouldExtractPrefix: prefix => isAny || names.some(name => name.startsWith(prefix)),
    isExtracted,
    recordExtracted: name => {
      if (isExtracted(name)) return
      extracted.set(name, line)
      count++
    },
    allExtracted,
    reset: () => {
      if (extracted.size > mostNames) extracted.clear()
      line++
      count = 0
    },
    keepsErrors: required.has('__error__'),
    mayPass: (name, state) => {
      if (first.size === 0) return true
      return first.get(name)?.passes(state) ?? true
    },
  }
}
