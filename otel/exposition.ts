/** Compares what a process emits with the signals it promises: nothing more, nothing less, nothing named otherwise. */

import type { Metric } from './signals.ts'

/** A role is a process of its own: a service, a worker, a command. */
type ExpectedMetric = Metric & { emittedBy: readonly string[] }

/** Differences between an exposition, in OpenMetrics or plain text, and what the contract expects of a role. */
export function checkExposition(text: string, role: string, contract: readonly ExpectedMetric[]): string[] {
  const emitted = parseExposition(text)
  const expected = new Map(contract.map(metric => [metric.name, metric]))
  const problems: string[] = []
  for (const [name, family] of emitted) {
    const metric = expected.get(name)
    if (metric === undefined) problems.push(`${name} is emitted but not in the contract`)
    else if (!metric.emittedBy.includes(role))
      problems.push(`${name} is emitted by ${role}, expected of ${metric.emittedBy.join(', ')} only`)
    else problems.push(...compare(metric, family))
  }
  for (const { name, emittedBy } of contract)
    if (emittedBy.includes(role) && !emitted.has(name))
      problems.push(`${name} is expected of ${role} but not emitted`)
  return problems
}

interface Family {
  kind: string
  samples: Sample[]
}

export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
  exemplar?: Record<string, string>
}

/** Families by the name the contract uses, that is counters with `_total` in either format. */
export function parseExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  let current: Family | undefined
  for (const line of text.split('\n')) {
    const [, declared, kind] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (declared !== undefined && kind !== undefined) {
      const name = kind === 'counter' ? `${declared.replace(/_total$/, '')}_total` : declared
      current = { kind, samples: [] }
      families.set(name, current)
    } else if (line !== '' && !line.startsWith('#')) current?.samples.push(parseSample(line))
  }
  return families
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value, exemplar] =
    /^([\w:]+)(?:\{(.*?)\})? (\S+)(?: \S+)?(?: # \{(.*?)\} .*)?$/.exec(line) ?? []
  if (name === undefined || value === undefined)
    throw new Error(`Cannot read an exposition: expected "name{labels} value", got "${line}"`)
  return {
    name,
    labels: parseLabels(labels),
    value: Number(value.replace('Inf', 'Infinity')),
    ...(exemplar === undefined ? {} : { exemplar: parseLabels(exemplar) }),
  }
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, name, value]) => [
      name,
      value?.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  )
}

function compare(metric: Metric, { kind, samples }: Family): string[] {
  const problems = new Set<string>()
  if (kind !== metric.kind) problems.add(`${metric.name} is a ${kind}, expected a ${metric.kind}`)
  const expected = Object.keys(metric.labels).toSorted().join(', ')
  for (const { name, labels } of samples) {
    const { le, ...own } = labels
    const actual = Object.keys(kind === 'histogram' ? own : labels)
      .toSorted()
      .join(', ')
    if (actual !== expected) problems.add(`${metric.name} has the labels "${actual}", expected "${expected}"`)
    if (name.endsWith('_bucket') && le !== '+Inf' && !metric.buckets?.includes(Number(le)))
      problems.add(`${metric.name} has a bucket ${le}, expected one of ${metric.buckets?.join(', ')}`)
    for (const [label, values] of Object.entries(metric.labels))
      if (typeof values !== 'string' && !values.includes(labels[label] ?? ''))
        problems.add(`${metric.name} has ${label}="${labels[label]}", expected one of ${values.join(', ')}`)
  }
  return [...problems]
}
