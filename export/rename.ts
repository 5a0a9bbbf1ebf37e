/** Rewrites queries from the contract's names to a service's own, by their syntax and not by their text. */

import { type Queryable, quote } from '../contract/expr.ts'
import { groupings, type Name, type Selector, selectors } from '../contract/parse.ts'
import { allMetrics } from '../contract/shop-signals.ts'
import { catalogue } from '../dashboards/catalogue.ts'
import type { Catalogue } from '../dashboards/kit/check/catalogue.ts'
import { metricOf } from '../dashboards/kit/check/catalogue.ts'
import { absent, type MetricMapping, type SignalMapping } from './mapping.ts'

export interface Naming {
  mapping: SignalMapping
  /** Contract names that were asked for and have no entry. */
  missing: Set<string>
}

const ours = new Set(allMetrics.map(({ name }) => name))

/** The query in the service's names; undefined when it needs something the service does not have. */
export function renameQuery(query: string, naming: Naming): string | undefined {
  const edits: { at: Name; text: string }[] = []
  let possible = true
  for (const { metric, matchers } of selectors(query)) {
    const to = targetOf(metric.text, naming)
    if (to === undefined) {
      possible = false
      continue
    }
    edits.push({ at: metric, text: to.series })
    for (const { label, value } of matchers) {
      const renamed = to.label(label.text)
      if (renamed === absent && value.text.startsWith('$'))
        edits.push({ at: whole(query, label, value), text: '' })
      else if (renamed === absent) possible = false
      else edits.push({ at: label, text: renamed })
      if (label.text === 'le' && !boundExists(value.text, to.mapping))
        naming.missing.add(`${metric.text} le="${value.text}"`)
    }
  }
  for (const { label, over } of groupings(query)) {
    const renamed = renameGrouping(label.text, over, naming)
    if (renamed === absent) possible = false
    else edits.push({ at: label, text: renamed })
  }
  return possible ? applyEdits(query, edits) : undefined
}

/** A matcher with the comma that goes with it. */
function whole(query: string, label: Name, value: Name): Name {
  const after = /^,\s*/.exec(query.slice(value.to + 1))?.[0].length ?? 0
  const before = after > 0 ? 0 : (/,\s*$/.exec(query.slice(0, label.from))?.[0].length ?? 0)
  return { text: '', from: label.from - before, to: value.to + 1 + after }
}

/** The query over one job alone, whichever it asked for. */
export function confineTo(job: string, query: string): string {
  const matcher = `job=${quote(job)}`
  const edits = selectors(query).map(({ metric, matchers }) => {
    const asked = matchers.find(({ label }) => label.text === 'job')
    if (asked !== undefined)
      return { at: { text: '', from: asked.label.from, to: asked.value.to + 1 }, text: matcher }
    const place = matchers[0]?.label.from ?? metric.to
    return {
      at: { text: '', from: place, to: place },
      text: matchers.length > 0 ? `${matcher}, ` : `{${matcher}}`,
    }
  })
  return applyEdits(query, edits)
}

/** `{{label}}` of a legend, after the labels of its query. */
export function renameLegend(legend: string, query: string, naming: Naming): string {
  const over = selectors(query)
  return legend.replace(
    /\{\{\s*(\w+)\s*\}\}/g,
    (_found, label: string) => `{{${renameGrouping(label, over, naming)}}}`,
  )
}

/** A label named in a link or a table column, after the metrics of the panel's queries. */
export function renameLabel(label: string, queries: readonly string[], naming: Naming): string {
  return renameGrouping(label, queries.flatMap(selectors), naming)
}

/** The names their queries may use: what the mapping gives, and what is not the service's to name. */
export function theirCatalogue(mapping: SignalMapping): Catalogue {
  const metrics = new Map<string, Queryable>()
  for (const [name, metric] of catalogue.metrics) {
    const to = ours.has(name) ? mapping[name as keyof SignalMapping] : 'same'
    if (to === undefined || to === absent) continue
    if (to === 'same') metrics.set(name, metric)
    else metrics.set(to.name, { ...metric, name: to.name, labels: theirLabels(metric, to) })
  }
  return { ...catalogue, metrics }
}

function theirLabels(metric: Queryable, { labels = {} }: MetricMapping): Queryable['labels'] {
  const names = labels as Record<string, string | undefined>
  return Object.fromEntries(
    Object.entries(metric.labels)
      .map(([label, values]) => [names[label] ?? label, values] as const)
      .filter(([label]) => label !== absent),
  )
}

function targetOf(series: string, { mapping, missing }: Naming) {
  const found = metricOf(catalogue, series)
  if (found === undefined || !ours.has(found.metric.name))
    return { series, label: (label: string) => label, mapping: undefined }
  const to = mapping[found.metric.name as keyof SignalMapping]
  if (to === undefined) missing.add(found.metric.name)
  if (to === undefined || to === absent) return undefined
  if (to === 'same') return { series, label: (label: string) => label, mapping: undefined }
  const labels: Record<string, string | undefined> = to.labels ?? {}
  return {
    series: found.part === '' ? to.name : `${to.name}_${found.part}`,
    label: (label: string) => labels[label] ?? label,
    mapping: to as MetricMapping,
  }
}

function renameGrouping(label: string, over: readonly Selector[], naming: Naming): string {
  const names = over.flatMap(({ metric }) => {
    const found = metricOf(catalogue, metric.text)
    if (found === undefined || !(label in found.metric.labels)) return []
    return targetOf(metric.text, naming)?.label(label) ?? []
  })
  return names[0] ?? label
}

function boundExists(le: string, mapping: MetricMapping | undefined): boolean {
  if (mapping?.buckets === undefined) return true
  return mapping.buckets.some(bound => new RegExp(`^(?:${le.replaceAll('\\\\', '\\')})$`).test(`${bound}`))
}

function applyEdits(query: string, edits: readonly { at: Name; text: string }[]): string {
  return edits
    .toSorted((a, b) => b.at.from - a.at.from)
    .reduce(
      (text, { at, text: replacement }) => text.slice(0, at.from) + replacement + text.slice(at.to),
      query,
    )
}
