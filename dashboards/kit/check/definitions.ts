/** Finds what is wrong with definitions before anything is written: all of it at once, each with its place. */
import { fileURLToPath } from 'node:url'
import type { Queryable } from '../../../contract/expr.ts'
import { groupings, type Selector, selectors, syntaxProblem } from '../../../contract/parse.ts'
import { datasources } from '../datasources.ts'
import { gridColumns, panelIdOf, rowId, sizeOf } from '../layout.ts'
import type { Dashboard, Panel, Query } from '../model.ts'
import { units } from '../units.ts'
import { type Catalogue, metricOf } from './catalogue.ts'

/** Where a query gives its rows the dashboard their links lead to. */
export const dashboardLabel = /(?<="dashboard", ")([\w-]+)(?=")/g

/** Labels every scraped series has, and `le` of buckets. */
const everywhere = ['job', 'instance']

export function problemsOf(definitions: readonly Dashboard[], catalogue: Catalogue): string[] {
  const problems: string[] = []
  const owners = new Map<string, Dashboard>()
  for (const definition of definitions) {
    const owner = owners.get(definition.uid)
    if (owner !== undefined)
      problems.push(
        `${place(definition)}: expected a uid of its own, got "${definition.uid}" which ${place(owner)} has too`,
      )
    owners.set(definition.uid, definition)
  }
  const uids = new Set(owners.keys())
  return [...problems, ...definitions.flatMap(definition => problemsIn(definition, catalogue, uids))]
}

/** The definition's file as people type it. */
function place({ file }: Dashboard): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  return path.startsWith(`${process.cwd()}/`) ? path.slice(process.cwd().length + 1) : path
}

function problemsIn(definition: Dashboard, catalogue: Catalogue, uids: ReadonlySet<string>): string[] {
  const problems: string[] = []
  const report = (problem: string) => problems.push(`${place(definition)}: ${problem}`)
  if (!/^[a-z0-9-]{1,40}$/.test(definition.uid))
    report(`expected a uid of at most 40 of a-z, 0-9 and -, got "${definition.uid}"`)
  const panels = definition.rows.flatMap(row => row.panels)
  for (const language of new Set(panels.flatMap(queriesOf).map(query => query.language))) {
    const { type, variable } = datasources[language]
    if (!definition.variables.some(({ name, kind }) => kind === 'datasource' && name === variable))
      report(`expected a data source variable "${variable}" for its ${type} queries, got none`)
  }
  const titles = new Map<number, string>(definition.rows.map(row => [rowId(row.title), `row "${row.title}"`]))
  for (const panel of panels) {
    const id = panelIdOf(panel)
    const other = titles.get(id)
    if (other !== undefined)
      report(`panel "${panel.title}": expected an id of its own, got ${id} which ${other} has too`)
    titles.set(id, `panel "${panel.title}"`)
    for (const problem of panelProblems(panel, definition, catalogue))
      report(`panel "${panel.title}": ${problem}`)
  }
  for (const { name, expr } of definition.annotations)
    for (const problem of promqlProblems(expr, catalogue)) report(`annotation "${name}": ${problem}`)
  const urls = [
    ...definition.links.flatMap(link => (link.kind === 'dashboard' ? [`/d/${link.uid}`] : [])),
    ...panels.flatMap(urlsOf),
  ]
  for (const url of urls) {
    const uid = /^\/d\/([^/?]+)/.exec(url)?.[1]
    const isChosenByRow = uid?.startsWith('${') ?? false
    if (uid !== undefined && !isChosenByRow && !uids.has(uid))
      report(`expected links to dashboards that exist, got one to "${uid}"`)
  }
  return problems
}

function panelProblems(panel: Panel, definition: Dashboard, catalogue: Catalogue): string[] {
  const problems: string[] = []
  const { w, h } = sizeOf(panel)
  if (!Number.isInteger(w) || w < 1 || w > gridColumns)
    problems.push(`expected a width of 1 to ${gridColumns} columns, got ${w}`)
  if (!Number.isInteger(h) || h < 1) problems.push(`expected a height of whole rows, got ${h}`)
  if (panel.title.trim() === '') problems.push('expected a title, got none')
  if (panel.description.trim() === '') problems.push('expected a description, got none')
  if ('unit' in panel && !(panel.unit in units))
    problems.push(`expected a unit of ${Object.keys(units).join(', ')}, got "${panel.unit}"`)
  const queries = queriesOf(panel)
  if (panel.type !== 'text' && queries.length === 0) problems.push('expected a query, got none')
  const known = new Set(definition.variables.map(variable => variable.name))
  for (const query of queries) {
    for (const [, braced, plain] of query.expr.matchAll(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g)) {
      const name = braced ?? plain!
      if (!name.startsWith('__') && !known.has(name) && !/^\d+$/.test(name))
        problems.push(`expected variables of the dashboard, got $${name} in ${query.expr}`)
    }
    problems.push(...queryProblems(query, catalogue))
  }
  return problems
}

function queryProblems(query: Query, catalogue: Catalogue): string[] {
  if (query.serviceMap || isTraceId(query)) return []
  if (query.language === 'promql')
    return [...promqlProblems(query.expr, catalogue), ...legendProblems(query, catalogue)]
  const broken = syntaxProblem(query.language, query.expr)
  if (broken) return [`expected ${query.language}, got "${query.expr}", broken near "${broken.near}"`]
  const names = query.language === 'logql' ? logqlNames(query.expr) : traceqlNames(query.expr)
  const known = query.language === 'logql' ? catalogue.logs : catalogue.spans
  return names
    .filter(name => !known.has(name))
    .map(name => `expected names of the contract (${[...known].join(', ')}), got "${name}" in ${query.expr}`)
}

/** A query of Tempo may also be the id of one trace. */
function isTraceId({ language, expr }: Query): boolean {
  return language === 'traceql' && /^\$\w+$/.test(expr)
}

function promqlProblems(expr: string, catalogue: Catalogue): string[] {
  const broken = syntaxProblem('promql', expr)
  if (broken) return [`expected promql, got "${expr}", broken near "${broken.near}"`]
  return [
    ...selectors(expr).flatMap(selector => selectorProblems(selector, catalogue)),
    ...groupings(expr).flatMap(({ label, over }) => {
      const labels = over.flatMap(({ metric }) => labelsOf(metric.text, catalogue))
      return labels.includes(label.text)
        ? []
        : [`expected a label of ${namesOf(over)} (${[...new Set(labels)].join(', ')}), got "${label.text}"`]
    }),
  ]
}

function selectorProblems({ metric, matchers }: Selector, catalogue: Catalogue): string[] {
  const found = metricOf(catalogue, metric.text)
  if (found === undefined) return [`expected a metric of the contract, got "${metric.text}"`]
  if (found.metric.kind === 'histogram' && found.part === '')
    return [`expected _bucket, _count or _sum of the histogram ${metric.text}, got it as a whole`]
  return matchers.flatMap(({ label, operator, value }) => {
    const labels = labelsOf(metric.text, catalogue)
    if (!labels.includes(label.text))
      return [`expected a label of ${metric.text} (${labels.join(', ')}), got "${label.text}"`]
    const allowed = (found.metric.labels as Queryable['labels'])[label.text]
    return operator === '=' && Array.isArray(allowed) && !allowed.includes(value.text)
      ? [`expected ${label.text} of ${metric.text} to be one of ${allowed.join(', ')}, got "${value.text}"`]
      : []
  })
}

function legendProblems({ expr, legend = '' }: Query, catalogue: Catalogue): string[] {
  const labels = selectors(expr).flatMap(({ metric }) => labelsOf(metric.text, catalogue))
  return [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)]
    .map(([, label]) => label!)
    .filter(label => !labels.includes(label))
    .map(label => `expected the legend "${legend}" to name labels of its query, got "${label}"`)
}

function labelsOf(series: string, catalogue: Catalogue): string[] {
  const found = metricOf(catalogue, series)
  if (found === undefined) return []
  return [...Object.keys(found.metric.labels), ...everywhere, ...(found.part === 'bucket' ? ['le'] : [])]
}

function namesOf(over: readonly Selector[]): string {
  return [...new Set(over.map(({ metric }) => metric.text))].join(' and ') || 'a metric'
}

function logqlNames(expr: string): string[] {
  return [
    ...expr.replaceAll(/"[^"]*"|`[^`]*`/g, '""').matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*""|by \(([^)]*)\)/g),
  ]
    .flatMap(([, label, labels]) => (label !== undefined ? [label] : labels!.split(/,\s*/)))
    .filter(name => name !== '')
}

function traceqlNames(expr: string): string[] {
  return [...expr.matchAll(/\b(?:span|resource)\.([\w.]+)/g)].map(([, name]) => name!)
}

function queriesOf(panel: Panel): readonly Query[] {
  return 'queries' in panel ? panel.queries : []
}

function urlsOf(panel: Panel): string[] {
  const inside = 'overrides' in panel ? (panel.overrides ?? []).flatMap(override => override.links ?? []) : []
  const drillDown = 'drillDown' in panel ? (panel.drillDown ?? []) : []
  const labelled = queriesOf(panel).flatMap(({ expr }) => [...expr.matchAll(dashboardLabel)])
  return [
    ...[...(panel.links ?? []), ...drillDown, ...inside].map(link => link.url),
    ...labelled.map(([, uid]) => `/d/${uid}`),
  ]
}
