/** A policy as the lines to paste where the policy that ships stands. */
import type { Objective } from '../../alerts/objectives.ts'
import { duration } from '../../contract/durations.ts'
import type { Tier } from '../../contract/windows.ts'

/** The objective has the guard that goes with the tiers. */
export function definitionSource({ name, traffic, objective }: Objective, tiers: readonly Tier[]): string {
  return `// ${name} in alerts/objectives.ts
objective: ${objective},
traffic: { minimum: ${traffic.minimum}, minimumErrors: ${traffic.minimumErrors} },

// production in contract/windows.ts
tiers: [
${tiers.map(tier => `  { ${fieldsOf(tier)} },`).join('\n')}
],
`
}

function fieldsOf({ long, short, keepFiringFor, history, for: hold, budget, factor, ...rest }: Tier): string {
  const seconds = (value: number) => (value === 0 ? '0' : `seconds('${duration(value)}')`)
  return [
    `name: '${rest.name}'`,
    `severity: '${rest.severity}'`,
    `long: ${seconds(long)}`,
    `short: ${seconds(short)}`,
    `budget: ${budget}`,
    ...(factor === undefined ? [] : [`factor: ${factor}`]),
    ...(hold === undefined ? [] : [`for: ${seconds(hold)}`]),
    `keepFiringFor: ${seconds(keepFiringFor)}`,
    `history: ${seconds(history)}`,
  ].join(', ')
}
