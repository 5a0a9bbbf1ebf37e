/** What every line of a query must have: a store may find such lines by an index, and others need not be read. */

import type { LabelFilter, Stage } from '../language/ast.ts'

/** A label of the stream, or where it has none of this name structured metadata, with this value. */
export interface Wanted {
  name: string
  value: string
}

/** Only of stages before the first that may set labels. */
export function wantedOf(stages: readonly Stage[]): Wanted[] {
  const wanted: Wanted[] = []
  for (const stage of stages) {
    if (stage.kind === 'label filter') wanted.push(...equalities(stage.filter))
    else if (stage.kind !== 'line filter') break
  }
  return wanted
}

/** What the filters right behind a `json` ask labels to be, as far as it stands in the line just so. */
export function wantedTexts(behind: readonly Stage[]): Wanted[] {
  const wanted: Wanted[] = []
  for (const stage of behind) {
    if (stage.kind !== 'label filter') break
    // A blank may stand for a character that is none.
    wanted.push(...equalities(stage.filter).filter(({ value }) => !/[ \ufffd]/.test(value)))
  }
  return wanted
}

/** Names such as `__error__` are in no line and in no index. */
function equalities(filter: LabelFilter): Wanted[] {
  if (filter.kind === 'and') return [...equalities(filter.left), ...equalities(filter.right)]
  if (filter.kind !== 'matcher') return []
  const { name, operator, value } = filter.matcher
  return operator === '=' && value !== '' && !name.startsWith('__') ? [{ name, value }] : []
}
