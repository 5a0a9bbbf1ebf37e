import { plainGroups, type RuleGroup } from '../../alerts/rules.ts'

/** A namespace of rules for `mimirtool rules load`. */
export function mimirNamespace(namespace: string, groups: readonly RuleGroup[]): object {
  return { namespace, groups: plainGroups(groups) }
}
