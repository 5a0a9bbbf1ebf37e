/** A suggested policy as what ships, and as what other tools read. */
import type { Objective } from '../../alerts/objectives.ts'
import { plainGroups, toYaml } from '../../alerts/rules.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { prometheusRule } from '../../export/platforms/kubernetes.ts'
import { writePyrra } from '../../export/slo-files/write-pyrra.ts'
import { type Written, writeSloth } from '../../export/slo-files/write-sloth.ts'
import type { Definition } from '../../tuning/policies/policy.ts'
import { definitionSource } from '../../tuning/policies/source.ts'
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
  if (format === 'definition') return { text: definitionSource(guarded, definition.tiers) }
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
