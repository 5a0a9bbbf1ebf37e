/** What a mapping, or the objectives beside it, may be wrong about: files of users are read here, whatever they hold. */

import type { Objective } from '../alerts/objectives.ts'
import { checkObjectives, describe } from '../alerts/slo/check.ts'
import { allMetrics } from '../contract/shop-signals.ts'
import { production } from '../contract/windows.ts'
import type { Metric } from '../otel/signals.ts'
import { absent } from './mapping.ts'

export function mappingProblems(mapping: unknown): string[] {
  if (!isMap(mapping)) return [`expected signals as a map from names to names, got ${shown(mapping)}`]
  const known = new Map<string, Metric>(allMetrics.map(metric => [metric.name, metric]))
  return Object.entries(mapping).flatMap(([name, to]) => {
    const metric = known.get(name)
    if (metric === undefined) return [`expected metrics of the contract, got "${name}"`]
    if (to === 'same' || to === absent) return []
    if (!isMap(to)) return [`expected "same", "absent" or { name } for ${name}, got ${shown(to)}`]
    return entryProblems(metric, to)
  })
}

export function objectivesProblems(objectives: unknown): string[] {
  if (!Array.isArray(objectives)) return [`expected objectives as a list, got ${shown(objectives)}`]
  const broken = objectives.filter(each => !hasShape(each))
  if (broken.length > 0)
    return broken.map(
      each =>
        `expected objectives with ${[...texts, 'sli', 'groupBy and traffic'].join(', ')}, got ${shown(each)}`,
    )
  return checkObjectives(objectives, [production], 'objectives').map(describe)
}

function entryProblems(metric: Metric, entry: Record<string, unknown>): string[] {
  const { name, labels = {}, buckets, ...others } = entry
  const problems: string[] = []
  const expect = (isRight: boolean, expected: string, got: unknown) => {
    if (!isRight) problems.push(`expected ${expected}, got ${shown(got)}`)
  }
  expect(isText(name) && /^[a-zA-Z_:][\w:]*$/.test(name), `the name of a metric for ${metric.name}`, name)
  for (const other of Object.keys(others)) expect(false, `name, labels or buckets for ${metric.name}`, other)
  if (buckets !== undefined) expect(isRising(buckets), `buckets of ${metric.name} as rising numbers`, buckets)
  expect(isMap(labels), `labels of ${metric.name} as a map from names to names`, labels)
  if (!isMap(labels)) return problems
  const theirs = { ...Object.fromEntries(Object.keys(metric.labels).map(label => [label, label])), ...labels }
  for (const [label, to] of Object.entries(labels)) {
    const known = Object.keys(metric.labels)
    expect(known.includes(label), `labels of ${metric.name} (${known.join(', ') || 'none'})`, label)
    expect(isText(to) && /^[a-zA-Z_]\w*$/.test(to), `the name of a label for ${label} of ${metric.name}`, to)
    const others = Object.keys(theirs).filter(
      other => to !== absent && other !== label && theirs[other] === to,
    )
    expect(others.length === 0, `a name of its own for ${label} of ${metric.name}`, to)
  }
  return problems
}

const texts = ['name', 'title', 'service', 'description', 'owner'] as const

function hasShape(objective: unknown): objective is Objective {
  if (!isMap(objective)) return false
  const { sli, groupBy, traffic } = objective
  const selections = isMap(sli) ? [sli.total, ...('failed' in sli ? [sli.failed] : [])] : [undefined]
  return (
    texts.every(field => isText(objective[field])) &&
    Array.isArray(groupBy) &&
    isMap(traffic) &&
    selections.every(
      each => isMap(each) && isMap(each.metric) && isMap(each.metric.labels) && isMap(each.where),
    )
  )
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isRising(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > value[i - 1]))
  )
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 120)
}
