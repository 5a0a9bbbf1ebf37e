/** From definitions to files: checked as a whole first, so that either all of it is right or nothing is written. */
import { compose, type NativeDashboard } from './bridge.ts'
import { type Catalogue, contract } from './catalogue.ts'
import { problemsOf } from './check.ts'
import type { Dashboard } from './model.ts'

export function render(
  definitions: readonly Dashboard[],
  catalogue: Catalogue = contract,
): NativeDashboard[] {
  const problems = problemsOf(definitions, catalogue)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return definitions.map(compose)
}

export function serialise(dashboard: NativeDashboard): string {
  return `${JSON.stringify(dashboard, undefined, 2)}\n`
}
