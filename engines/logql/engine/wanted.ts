/** What every line of a query must have, whatever its text is: a store may find such lines by an index. */

import type { LabelFilter, LogExpr } from '../language/ast.ts'
import type { Wanted } from '../storage.ts'

/** Only of stages before the first that may set labels. */
export function wantedOf({ stages }: LogExpr): Wanted[] {
  const wanted: Wanted[] = []
  for (const stage of stages) {
    if (stage.kind === 'label filter') addWanted(stage.filter, wanted)
    else if (stage.kind !== 'line filter') break
  }
  return wanted
}

function addWanted(filter: LabelFilter, wanted: Wanted[]): void {
  if (filter.kind === 'and') {
    addWanted(filter.left, wanted)
    addWanted(filter.right, wanted)
  } else if (filter.kind === 'matcher') {
    const { name, operator, value } = filter.matcher
    if (operator === '=' && value !== '' && !name.startsWith('__')) wanted.push({ name, value })
  }
}
