/** A suggested policy as what ships, and as what other tools read. */
import type { Objective } from '../../alerts/objectives.ts'
import { plainGroups, toYaml } from '../../alerts/rules.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { duration } from '../../contract/durations.ts'
import { prometheusRule } from '../../export/platforms/kubernetes.ts'
import { writePyrra } from '../../export/slo-files/write-pyrra.ts'
import { type Written, writeSloth } from '../../export/slo-files/write-sloth.ts'
import type { Definition } from '../../tuning/policies/policy.ts'
import { presetOf } from '../../tuning/suggest/suggest.ts'

export const formats = ['definition', 'prometheus', 'kubernetes', 'sloth', 'pyrra'] as const
export type Format = (typeof formats)[number]

export const fileNames: Readonly<Record<Format, string>> = {
  definition: 'definition.ts',
  prometheus: 'rules.yaml',
  kubernetes: 'prometheus-rule.yaml',
  sloth: 'sloth.yaml',
  pyrra: 'pyrra.yaml',
}

export function writtenAs(format: Format, objective: Objective, definition: Definition): Written {
  const { minimumErrors = objective.traffic.minimumErrors } = definition
  const guarded = { ...objective, traffic: { ...objective.traffic, minimumErrors } }
  const preset = presetOf(definition)
  if (format === 'definition') return { text: definitionSource(guarded, definition) }
  if (format === 'sloth') return writeSloth(guarded, preset)
  if (format === 'pyrra') return writePyrra(guarded, preset)
  const groups = sloGroups([guarded], preset)
  return {
    text: toYaml(
      format === 'prometheus'
        ? { groups: plainGroups(groups) }
        : prometheusRule(`slo-${objective.name}`, groups),
      header,
    ),
  }
}

const header = '# Written by `npm run tune -- suggest`.\n'

function definitionSource({ name, traffic }: Objective, { tiers }: Definition): string {
  const seconds = (value: number) => (value === 0 ? '0' : `seconds('${duration(value)}')`)
  const fields = ({
    long,
    short,
    keepFiringFor,
    history,
    for: hold,
    budget,
    factor,
    ...rest
  }: Definition['tiers'][0]) =>
    [
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
  return `// ${name} in alerts/objectives.ts
traffic: { minimum: ${traffic.minimum}, minimumErrors: ${traffic.minimumErrors} },

// production in contract/windows.ts
tiers: [
${tiers.map(tier => `  { ${fields(tier)} },`).join('\n')}
],
`
}
