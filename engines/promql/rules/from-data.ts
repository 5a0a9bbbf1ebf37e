/** Rule groups that a program has made, in the form of a rule file but without the way through its text. */
import { parseDuration } from '../../durations.ts'
import type { Labels } from '../../labels.ts'
import { parse } from '../engine/parse.ts'
import { type NamedTemplate, type Rule, type RuleGroup, sortedLabels } from './groups.ts'
import { parseTemplate } from './template.ts'

type Texts = Readonly<Record<string, string>>

export interface GroupData {
  name: string
  interval?: string
  rules: readonly RuleData[]
}

export interface RuleData {
  record?: string
  alert?: string
  expr: string
  for?: string
  keep_firing_for?: string
  labels?: Texts
  annotations?: Texts
}

/** Throws what an expression, a template or a duration is wrong with, as it is not a file of somebody else's. */
export function groupsFromData(groups: readonly GroupData[], file: string): RuleGroup[] {
  let line = 0
  return groups.map(({ name, interval, rules }) => ({
    name,
    file,
    interval: millisecondsOf(interval) || undefined,
    limit: 0,
    queryOffset: 0,
    rules: rules.map(rule => ruleFrom(rule, ++line)),
  }))
}

/** Lines are counted as if each rule had one. */
function ruleFrom(
  { record, alert, expr: query, labels = {}, annotations = {}, ...rule }: RuleData,
  line: number,
): Rule {
  const base = { expr: parse(query), query, labels: sortedLabels(Object.entries(labels)), line }
  if (alert === undefined) return { kind: 'recording', name: record!, ...base }
  return {
    kind: 'alerting',
    name: alert,
    ...base,
    for: millisecondsOf(rule.for),
    keepFiringFor: millisecondsOf(rule.keep_firing_for),
    labelTemplates: templatesOf(base.labels),
    annotationTemplates: templatesOf(sortedLabels(Object.entries(annotations))),
  }
}

function templatesOf(texts: Labels): NamedTemplate[] {
  return [...texts].map(([name, text]) => ({ name, template: parseTemplate(text) }))
}

function millisecondsOf(text: string | undefined): number {
  if (text === undefined) return 0
  const found = parseDuration(text)
  if (found === undefined) throw new Error(`Cannot parse duration "${text}": expected one such as 5m`)
  return found
}
