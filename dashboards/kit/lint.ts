/**
 * The rules of Grafana's dashboard-linter over finished dashboards, each by its name there.
 * https://github.com/grafana/dashboard-linter/blob/main/docs/index.md
 */

import { selectors, syntaxProblem } from '../../contract/parse.ts'
import type { NativeDashboard, NativePanel, NativeTarget, NativeVariable } from './bridge.ts'
import type { Exclusion } from './model.ts'
import { units } from './units.ts'

export interface Finding {
  rule: string
  dashboard: string
  panel?: string
  problem: string
}

type Report = (problem: string, panel?: NativePanel) => void
type Rule = (dashboard: NativeDashboard, report: Report) => void

/** What no exclusion covers. */
export function lint(dashboard: NativeDashboard, exclusions: readonly Exclusion[] = []): Finding[] {
  return allFindings(dashboard).filter(finding => !exclusions.some(exclusion => covers(exclusion, finding)))
}

/** Exclusions that excuse nothing: the rule is kept after all. */
export function idleExclusions(dashboard: NativeDashboard, exclusions: readonly Exclusion[]): string[] {
  const findings = allFindings(dashboard)
  return exclusions.flatMap(exclusion => {
    const covered = findings.filter(finding => covers(exclusion, finding))
    if (exclusion.panels === undefined) return covered.length === 0 ? [exclusion.rule] : []
    return exclusion.panels
      .filter(title => !covered.some(({ panel }) => panel === title))
      .map(title => `${exclusion.rule}: ${title}`)
  })
}

const drawsNumbers = ['stat', 'singlestat', 'graph', 'timetable', 'timeseries', 'gauge']
const asksSource = ['singlestat', 'graph', 'timetable', 'timeseries']
const hasQueries = ['singlestat', 'gauge', 'timetable', 'stat', 'state-timeline', 'timeseries']

export const rules: Record<string, Rule> = {
  'template-datasource-rule': ({ templating }, report) => {
    const sources = templating.list.filter(({ type }) => type === 'datasource')
    if (sources.length === 0) report('expected a data source variable, got none')
    for (const { name, label, query } of sources) {
      const type = String(query)
      const names = [`${type}_datasource`, ...(sources.length === 1 ? ['datasource'] : [])]
      const labels = [`${titleCase(type)} data source`, ...(sources.length === 1 ? ['Data source'] : [])]
      if (!names.includes(name)) report(`expected the name ${names.join(' or ')}, got "${name}"`)
      if (!labels.includes(label)) report(`expected the label ${labels.join(' or ')}, got "${label}"`)
    }
  },
  'template-job-rule': targetVariable('job', 'Job'),
  'template-instance-rule': targetVariable('instance', 'Instance'),
  'template-label-promql-rule': (dashboard, report) => {
    if (!isPrometheus(dashboard)) return
    for (const { name, query, type } of dashboard.templating.list) {
      if (type !== 'query') continue
      const [, called, inside] = /^([a-z_]+)\((.+)\)$/.exec(textOf(query)) ?? []
      const selector = inside?.replace(/,\s*\w+$/, '')
      if (
        called === undefined ||
        !['label_names', 'label_values', 'metrics', 'query_result'].includes(called)
      )
        report(`expected variable ${name} to ask label_values(…), got "${textOf(query)}"`)
      else if (selector !== undefined && syntaxProblem('promql', selector))
        report(`expected variable ${name} to ask about PromQL, got "${selector}"`)
    }
  },
  'template-on-time-change-reload-rule': ({ templating }, report) => {
    for (const { name, type, refresh } of templating.list)
      if (type === 'query' && refresh !== 2)
        report(`expected variable ${name} to refresh with the time, got ${refresh}`)
  },
  'panel-datasource-rule': (dashboard, report) => {
    const known = dashboard.templating.list
      .filter(({ type }) => type === 'datasource')
      .flatMap(({ name }) => [`$${name}`, `\${${name}}`])
    for (const panel of panelsOf(dashboard).filter(({ type }) => asksSource.includes(type)))
      if (!known.includes(panel.datasource?.uid ?? ''))
        report(`expected a data source of ${known.join(', ')}, got "${panel.datasource?.uid}"`, panel)
  },
  'panel-title-description-rule': (dashboard, report) => {
    for (const panel of panelsOf(dashboard).filter(({ type }) => drawsNumbers.includes(type)))
      if (!panel.title || !panel.description) report('expected a title and a description', panel)
  },
  'panel-units-rule': (dashboard, report) => {
    const known: readonly string[] = Object.values(units)
    for (const panel of panelsOf(dashboard).filter(({ type }) => drawsNumbers.includes(type))) {
      const { defaults, overrides } = panel.fieldConfig ?? { defaults: {}, overrides: [] }
      const properties = overrides.flatMap(override => override.properties)
      const mapped = defaults.mappings?.length || properties.some(({ id }) => id === 'mappings')
      if (mapped || (panel.type === 'stat' && panel.options?.reduceOptions?.fields)) continue
      const unit = properties.findLast(({ id }) => id === 'unit')?.value ?? defaults.unit
      if (!known.includes(String(unit))) report(`expected a unit, got "${unit}"`, panel)
    }
  },
  'panel-no-targets-rule': (dashboard, report) => {
    for (const panel of panelsOf(dashboard).filter(({ type }) => drawsNumbers.includes(type)))
      if (!panel.targets?.length) report('expected a query, got none', panel)
  },
  'target-promql-rule': onTargets((dashboard, panel, { expr = '' }, report) => {
    if (!isPrometheus(dashboard) || !hasQueries.includes(panel.type)) return
    const problem = syntaxProblem('promql', expr)
    if (problem) report(`expected PromQL, got "${expr}", broken near "${problem.near}"`, panel)
  }),
  'target-logql-rule': onTargets((_dashboard, panel, target, report) => {
    const problem = isLoki(panel, target) ? syntaxProblem('logql', target.expr ?? '') : undefined
    if (problem) report(`expected LogQL, got "${target.expr}", broken near "${problem.near}"`, panel)
  }),
  'target-logql-auto-rule': onTargets((_dashboard, panel, target, report) => {
    const ranges = [...(target.expr ?? '').matchAll(/\[([^\]]*)\]/g)].map(([, range]) => range)
    if (isLoki(panel, target) && ranges.some(range => range !== '$__auto'))
      report(`expected ranges of [$__auto], got "${target.expr}"`, panel)
  }),
  'target-rate-interval-rule': onTargets((dashboard, panel, { expr = '' }, report) => {
    if (!isPrometheus(dashboard) || !hasQueries.includes(panel.type)) return
    for (const { range } of selectorsIn(expr))
      if (range && ['rate', 'irate'].includes(range.within ?? '') && range.duration !== '$__rate_interval')
        report(`expected [$__rate_interval], got [${range.duration}]`, panel)
  }),
  'target-job-rule': requiredMatcher('job'),
  'target-instance-rule': requiredMatcher('instance'),
  'target-counter-agg-rule': onTargets((_dashboard, panel, { expr = '' }, report) => {
    for (const { metric, range } of selectorsIn(expr))
      if (metric.text.endsWith('_total') && !['rate', 'irate', 'increase'].includes(range?.within ?? ''))
        report(`expected the counter ${metric.text} inside of rate, irate or increase`, panel)
  }),
  'uneditable-dashboard': ({ editable }, report) => {
    if (editable) report('expected editable: false')
  },
}

function allFindings(dashboard: NativeDashboard): Finding[] {
  const findings: Finding[] = []
  for (const [rule, check] of Object.entries(rules))
    check(dashboard, (problem, panel) =>
      findings.push({
        rule,
        dashboard: dashboard.uid,
        problem,
        ...(panel && { panel: panel.title }),
      }),
    )
  return findings
}

function covers({ rule, panels }: Exclusion, finding: Finding): boolean {
  return (
    rule === finding.rule &&
    (panels === undefined || (finding.panel !== undefined && panels.includes(finding.panel)))
  )
}

export function panelsOf(dashboard: NativeDashboard): NativePanel[] {
  return dashboard.panels.flatMap(panel => (panel.type === 'row' ? (panel.panels ?? []) : [panel]))
}

function targetVariable(name: string, label: string): Rule {
  return (dashboard, report) => {
    if (!isPrometheus(dashboard)) return
    const variable: NativeVariable | undefined = dashboard.templating.list.find(each => each.name === name)
    if (variable === undefined) return report(`expected a variable ${name}, got none`)
    const uid = variable.datasource?.uid
    if (!['${datasource}', '${prometheus_datasource}'].includes(uid ?? ''))
      report(`expected variable ${name} to ask the chosen Prometheus, got "${uid}"`)
    if (variable.type !== 'query') report(`expected variable ${name} to be a query, got "${variable.type}"`)
    if (variable.label !== label) report(`expected the label ${label}, got "${variable.label}"`)
    if (!variable.multi) report(`expected variable ${name} to allow several values`)
    if (variable.allValue !== '.+') report(`expected allValue ".+" of ${name}, got "${variable.allValue}"`)
  }
}

function requiredMatcher(label: string): Rule {
  return onTargets((dashboard, panel, { expr = '' }, report) => {
    if (!isPrometheus(dashboard) || syntaxProblem('promql', expr)) return
    for (const { metric, matchers } of selectorsIn(expr))
      if (
        !matchers.some(
          found => found.label.text === label && found.operator === '=~' && found.value.text === `$${label}`,
        )
      )
        report(`expected ${label}=~"$${label}" in the selector of ${metric.text || expr}`, panel)
  })
}

function onTargets(
  check: (dashboard: NativeDashboard, panel: NativePanel, target: NativeTarget, report: Report) => void,
): Rule {
  return (dashboard, report) => {
    for (const panel of panelsOf(dashboard))
      for (const target of panel.targets ?? []) if (!target.hide) check(dashboard, panel, target, report)
  }
}

function selectorsIn(expr: string) {
  return syntaxProblem('promql', expr) ? [] : selectors(expr)
}

/** The PromQL rules go by the first data source of a dashboard alone. */
function isPrometheus({ templating }: NativeDashboard): boolean {
  return templating.list.find(({ type }) => type === 'datasource')?.query === 'prometheus'
}

function isLoki(panel: NativePanel, target: NativeTarget): boolean {
  return (target.datasource?.type ?? panel.datasource?.type) === 'loki'
}

function textOf(query: NativeVariable['query']): string {
  return typeof query === 'string' ? query : query.query
}

function titleCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
