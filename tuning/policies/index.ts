/** The policies that can be named. */
import { pyrra, pyrraDynamic, singleWindow, sloth, threshold, workbookSteps } from './others.ts'
import { shipped } from './own.ts'
import type { Policy } from './policy.ts'

export const policies: readonly Policy[] = [
  shipped,
  singleWindow,
  threshold,
  ...workbookSteps,
  sloth,
  pyrra,
  pyrraDynamic,
]

/** Those that are compared unless others are asked for; the workbook's first steps only teach. */
export const usualPolicies = ['shipped', 'single-window', 'threshold', 'workbook-6', 'sloth', 'pyrra']

export function policyOf(name: string): Policy | undefined {
  return policies.find(policy => policy.name === name)
}
