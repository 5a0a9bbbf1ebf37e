/** The smallest change to one alert that would have caught an incident, or kept what fired in vain silent. */
import type { AlertingRule, RuleGroup } from '../../engines/promql/rules/groups.ts'
import { withThresholds } from './conditions.ts'
import { leastThat } from './least.ts'
import { alertsOf, nameOf, type Past } from './past.ts'

/** The smallest single change to one alert, in words, and what it does to the rest of the month. */
export interface Change {
  text: string
  extraFalse: number
}

/** Tries the numbers of one alert at a time, and takes the change that is smallest in proportion. */
export function smallestChange(
  past: Past,
  groups: readonly RuleGroup[],
  to: 'catch' | 'silence',
  works: (groups: readonly RuleGroup[]) => boolean,
): Change | undefined {
  const found: { size: number; text: string; groups: RuleGroup[] }[] = []
  for (const rule of alertsOf(groups)) {
    const name = nameOf(rule)
    const withRule = (change: Partial<AlertingRule>) => replaced(groups, rule, { ...rule, ...change })
    const thresholds = (times: number) =>
      withRule({ expr: withThresholds(rule.expr, to === 'catch' ? 1 / times : times) })
    const times = leastThat(1, 16, value => works(thresholds(value)))
    if (times !== undefined)
      found.push({
        size: Math.log(times),
        text: `${name}: thresholds ${to === 'catch' ? 'lower' : 'higher'} by ${percentOf(to === 'catch' ? 1 - 1 / times : times - 1)}`,
        groups: thresholds(times),
      })
    if (to === 'catch' && rule.for > 0) {
      const part = leastThat(1, 64, value => works(withRule({ for: rule.for / value })))
      if (part !== undefined)
        found.push({
          size: Math.log(part),
          text: `${name}: for of ${Math.floor(rule.for / part / 1000)}s in place of ${rule.for / 1000}s`,
          groups: withRule({ for: rule.for / part }),
        })
    }
    if (to === 'silence') {
      const base = Math.max(rule.for, 60_000)
      const more = leastThat(1, 64, value => works(withRule({ for: base * value })))
      if (more !== undefined)
        found.push({
          size: Math.log(more) + (rule.for === 0 ? 0.5 : 0),
          text: `${name}: for of ${Math.ceil((base * more) / 1000)}s in place of ${rule.for / 1000}s`,
          groups: withRule({ for: base * more }),
        })
    }
  }
  const smallest = found.toSorted((a, b) => a.size - b.size)[0]
  if (smallest === undefined) return undefined
  const falseOnes = (tried: readonly RuleGroup[]) =>
    past.judge(past.run(tried).firings).notifications.filter(({ incident }) => incident === undefined).length
  return { text: smallest.text, extraFalse: falseOnes(smallest.groups) - falseOnes(groups) }
}

function replaced(groups: readonly RuleGroup[], rule: AlertingRule, by: AlertingRule): RuleGroup[] {
  return groups.map(group => ({ ...group, rules: group.rules.map(each => (each === rule ? by : each)) }))
}

function percentOf(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`
}
