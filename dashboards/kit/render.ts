/** From definitions to dashboards: all are checked first, so that either all of them are right or nothing is written. */

import { UserError } from '../../contract/user-error.ts'
import type { Catalogue } from './check/catalogue.ts'
import { problemsOf } from './check/definitions.ts'
import type { Dashboard } from './model.ts'
import { compose } from './native/compose.ts'
import type { NativeDashboard } from './native/dashboard.ts'

export function render(definitions: readonly Dashboard[], catalogue: Catalogue): NativeDashboard[] {
  const problems = problemsOf(definitions, catalogue)
  if (problems.length > 0) throw new UserError(problems.join('\n'))
  return definitions.map(compose)
}

export function serialise(dashboard: NativeDashboard): string {
  return `${JSON.stringify(dashboard, undefined, 2)}\n`
}
