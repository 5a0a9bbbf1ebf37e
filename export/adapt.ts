/** Turns the lab's definitions into those of somebody else's service: names, uids, links, and only what it has. */
import { dashboardTag, usualAddresses as ours } from '../contract/links.ts'
import { allMetrics } from '../contract/shop-signals.ts'
import { dashboardLabel } from '../dashboards/kit/check/definitions.ts'
import type {
  Dashboard,
  DashboardLink,
  DataLink,
  Panel,
  Query,
  Row,
  Variable,
} from '../dashboards/kit/model.ts'
import { absent, type SignalMapping } from './mapping.ts'
import { type Naming, renameLabel, renameLegend, renameQuery } from './rename.ts'

export interface Target {
  service: string
  job: string
  /** Dashboards that go along, by the lab's uid: links to others are left out. */
  chosen: ReadonlySet<string>
  /** Where the links of alerts find the dashboards. */
  grafanaUrl?: string | undefined
  /** Where the page of an alert is; without it, links to runbooks are left out. */
  runbookUrl?: string | undefined
}

interface Adapted {
  dashboard: Dashboard
  /** Panels that need something the service does not have. */
  leftOut: string[]
}

export function adapt(definition: Dashboard, target: Target, naming: Naming): Adapted {
  const leftOut: string[] = []
  const variables = definition.variables.flatMap(variable => adaptVariable(variable, target, naming))
  const known = new Set(variables.map(({ name }) => name))
  const rows = definition.rows.flatMap((row): Row[] => {
    const panels = row.panels.flatMap(panel => {
      const adapted = adaptPanel(panel, target, naming, known)
      if (adapted === undefined) leftOut.push(panel.title)
      return adapted ?? []
    })
    return panels.length === 0 ? [] : [{ ...row, panels }]
  })
  const titles = new Set(rows.flatMap(row => row.panels.map(({ title }) => title)))
  const dashboard: Dashboard = {
    ...definition,
    uid: uidFor(definition.uid, target),
    title: `${target.service}: ${definition.title}`,
    tags: [target.service],
    variables,
    rows,
    annotations: definition.annotations.flatMap(annotation => {
      if (annotation.ofTheLab) return []
      const expr = renameQuery(annotation.expr, naming)
      return expr === undefined ? [] : [{ ...annotation, expr }]
    }),
    links: definition.links.flatMap((link): DashboardLink[] => {
      if (link.kind === 'tag')
        return [{ ...link, tag: link.tag === dashboardTag ? target.service : link.tag }]
      if (link.kind === 'external') return [link]
      return target.chosen.has(link.uid) ? [{ ...link, uid: uidFor(link.uid, target) }] : []
    }),
    exclusions: (definition.exclusions ?? []).flatMap(exclusion => {
      if (exclusion.panels === undefined) return [exclusion]
      const panels = exclusion.panels.filter(title => titles.has(title))
      return panels.length === 0 ? [] : [{ ...exclusion, panels }]
    }),
  }
  return { dashboard, leftOut }
}

export function uidFor(uid: string, { service }: Pick<Target, 'service'>): string {
  return `${service}-${uid.slice(dashboardTag.length + 1)}`
}

function adaptVariable(variable: Variable, { job }: Target, naming: Naming): Variable[] {
  if (variable.kind !== 'query') return [variable]
  const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(variable.query) ?? []
  if (selector === undefined || label === undefined) return []
  const asked = scrapeLabels.includes(label) ? withMeasured(selector, naming) : selector
  const [renamed, theirs] = [renameQuery(asked, naming), renameLabel(label, [asked], naming)]
  if (renamed === undefined || theirs === absent) return []
  const query = `label_values(${renamed}, ${theirs})`
  return [{ ...variable, query, ...(variable.name === 'job' && { selected: job }) }]
}

/** Every metric has them, so that any metric of the service can tell their values. */
const scrapeLabels: readonly string[] = ['job', 'instance']

function withMeasured(selector: string, { mapping }: Naming): string {
  const isMeasured = (name: string) => (mapping[name as keyof SignalMapping] ?? absent) !== absent
  const [name] = /^\w+/.exec(selector) ?? ['']
  if (isMeasured(name)) return selector
  const other = allMetrics.find(metric => isMeasured(metric.name))
  if (other === undefined) return selector
  return selector.replace(name, other.kind === 'histogram' ? `${other.name}_count` : other.name)
}

function adaptPanel(
  panel: Panel,
  target: Target,
  naming: Naming,
  known: ReadonlySet<string>,
): Panel | undefined {
  if (panel.type === 'text') return { ...panel, markdown: adaptMarkdown(panel.markdown, target) }
  const exprs = panel.queries.flatMap(({ language, expr }) => (language === 'promql' ? [expr] : []))
  const queries = panel.queries.flatMap((query): Query[] => {
    if (query.language !== 'promql') return [query]
    const expr = renameQuery(query.expr, naming)?.replace(dashboardLabel, uid =>
      uidFor(target.chosen.has(uid) ? uid : overviewUid, target),
    )
    if (expr === undefined || usesUnknown(expr, known)) return []
    const { legend } = query
    return [
      { ...query, expr, ...(legend !== undefined && { legend: renameLegend(legend, query.expr, naming) }) },
    ]
  })
  if (queries.length === 0) return undefined
  const links = (all: readonly DataLink[] | undefined) =>
    all?.flatMap(link => adaptLink(link, exprs, target, naming))
  const adapted: Panel = { ...panel, queries } as Panel
  if (panel.links) adapted.links = links(panel.links)!
  if ('drillDown' in adapted && adapted.drillDown) adapted.drillDown = links(adapted.drillDown)!
  if ('overrides' in adapted && adapted.overrides)
    adapted.overrides = adapted.overrides.map(override =>
      override.links ? { ...override, links: links(override.links)! } : override,
    )
  if (adapted.type === 'table')
    adapted.columns = adapted.columns.map(column => ({
      ...column,
      field: renameLabel(column.field, exprs, naming),
    }))
  return adapted
}

function adaptLink(link: DataLink, exprs: readonly string[], target: Target, naming: Naming): DataLink[] {
  if (link.url.startsWith(`${ours.runbooks}/`))
    return target.runbookUrl === undefined
      ? []
      : [{ ...link, url: link.url.replace(ours.runbooks, target.runbookUrl) }]
  const uid = /^\/d\/([^/?]+)/.exec(link.url)?.[1]
  if (uid === undefined) return [link]
  if (!target.chosen.has(uid)) return []
  const url = link.url
    .replace(`/d/${uid}`, `/d/${uidFor(uid, target)}`)
    .replace(
      /__field\.labels\.(\w+)/g,
      (_found, label: string) => `__field.labels.${renameLabel(label, exprs, naming)}`,
    )
  return [{ ...link, url }]
}

/** Cells of tables that lead to a dashboard that does not go along are left empty, with the question before them. */
function adaptMarkdown(markdown: string, target: Target): string {
  const adapted = markdown.replace(
    /\| [^|]* \| \[[^\]]*\]\(\/d\/([\w-]+)[^|]*(?=\|)/g,
    (cells, uid: string) =>
      target.chosen.has(uid) ? cells.replace(`/d/${uid}`, `/d/${uidFor(uid, target)}`) : '|  |  ',
  )
  return adapted
    .split('\n')
    .filter(line => !/^[|\s]+$/.test(line))
    .join('\n')
}

/** Which asks for the alerts, and where one stays whose own dashboard does not go along. */
const overviewUid = `${dashboardTag}-overview`

function usesUnknown(expr: string, known: ReadonlySet<string>): boolean {
  return [...expr.matchAll(/\$(\w+)/g)].some(([, name]) => !name!.startsWith('__') && !known.has(name!))
}
