/** Dashboards and alerts for a service of your own: the whole of `npm run export` as a function. */

import type { Objective } from '../alerts/objectives.ts'
import { selection } from '../alerts/objectives.ts'
import { matches, matchesNot } from '../contract/expr.ts'
import { dashboardTag, dashboardUids } from '../contract/links.ts'
import { UserError } from '../contract/user-error.ts'
import { type Preset, production } from '../contract/windows.ts'
import { problemsOf } from '../dashboards/kit/check/definitions.ts'
import { lintFile } from '../dashboards/kit/lint-rules/lint.ts'
import { compose } from '../dashboards/kit/native/compose.ts'
import { definitions } from '../dashboards/outputs.ts'
import { httpServer } from '../otel/signals.ts'
import { adapt } from './adapt.ts'
import { mappingProblems, objectivesProblems } from './check.ts'
import { type Format, formats } from './formats/formats.ts'
import { absent, type SignalMapping } from './mapping.ts'
import type { Resource } from './platforms/kubernetes.ts'
import { type Naming, theirCatalogue } from './rename.ts'
import { adaptRules } from './rules.ts'

export interface Project {
  /** The service in titles and uids. */
  service: string
  /** The value of its label `job`, where that is another, such as `shop/checkout`. */
  job?: string | undefined
  signals: SignalMapping
  /** Dashboards by their short name; all that fit a service by default. */
  only?: readonly string[]
  /** In the contract's names, like the lab's own; availability and latency of HTTP by default. */
  objectives?: readonly Objective[]
  format: Format
  /** How long the windows of the rules are; those of 30 days by default. */
  preset?: Preset
  /** Where the links of alerts lead: the dashboards, and the page of an alert below `runbookUrl`. */
  grafanaUrl?: string | undefined
  runbookUrl?: string | undefined
  /** What the resources of Kubernetes carry. */
  resource?: Resource
}

export interface Exported {
  files: Record<string, string>
  /** Per dashboard, the panels left out because the mapping says the service has no such signal. */
  leftOut: { dashboard: string; panels: string[] }[]
  /** Alerts on causes left out for the same reason. */
  alertsLeftOut: string[]
}

/** What makes sense without the lab's faults and load generator. */
export const exportable = ['overview', 'red', 'use', 'dependencies', 'slo', 'investigate'] as const

export function exportProject(project: Project): Exported {
  const { service, job = service, signals, only = exportable, format, preset = production } = project
  const problems = mappingProblems(signals)
  if (project.objectives !== undefined) problems.push(...objectivesProblems(project.objectives))
  problems.push(...[serviceProblem(service), jobProblem(job)].filter(problem => problem !== undefined))
  for (const name of only)
    if (!(exportable as readonly string[]).includes(name))
      problems.push(`expected dashboards of ${exportable.join(', ')}, got "${name}"`)
  fail(service, problems)

  const naming: Naming = { mapping: signals, missing: new Set() }
  const wanted = definitions.filter(({ uid }) => only.some(name => uid === `${dashboardTag}-${name}`))
  const adaptAll = (chosen: ReadonlySet<string>) =>
    wanted
      .filter(({ uid }) => chosen.has(uid))
      .map(definition => ({
        uid: definition.uid,
        ...adapt(definition, { ...project, job, chosen }, naming),
      }))
  const whole = new Set(wanted.map(({ uid }) => uid))
  const chosen = new Set(
    adaptAll(whole)
      .filter(({ dashboard }) => dashboard.rows.length > 0)
      .map(({ uid }) => uid),
  )
  const adapted = adaptAll(chosen)
  const objectives = project.objectives ?? httpObjectives({ service, job }, signals)
  const {
    rules,
    tests,
    leftOut: alertsLeftOut,
  } = adaptRules(objectives, preset, { ...project, job, chosen }, naming)
  fail(service, [
    ...[...naming.missing].map(name => `expected the mapping to name ${name}, got nothing`),
    ...(naming.missing.size > 0
      ? []
      : problemsOf(
          adapted.map(({ dashboard }) => dashboard),
          theirCatalogue(signals),
        )),
  ])
  const composed = adapted.map(({ dashboard }) => ({
    dashboard: compose(dashboard),
    exclusions: dashboard.exclusions ?? [],
  }))
  const dashboards = composed.map(({ dashboard }) => dashboard)
  const lintReasons = lintFile(composed)
  return {
    files: formats[format]({
      service,
      dashboards,
      lintReasons,
      rules,
      tests,
      resource: project.resource ?? {},
    }),
    leftOut: adaptAll(whole)
      .map(({ dashboard, leftOut }) => ({ dashboard: dashboard.uid, panels: leftOut }))
      .filter(({ panels }) => panels.length > 0),
    alertsLeftOut,
  }
}

export function serviceProblem(service: string): string | undefined {
  if (/^[a-z0-9][a-z0-9-]{0,25}$/.test(service)) return undefined
  return `expected a service name of a-z, 0-9 and - up to 26 long, got "${service}"`
}

export function jobProblem(job: string): string | undefined {
  if (/^[^\p{C}]{1,200}$/u.test(job)) return undefined
  return `expected a job of 1 to 200 characters that can be seen, got ${JSON.stringify(job.slice(0, 200))}`
}

/** The service's name in titles and uids, made of its job: `Shop/checkout.v2` becomes `shop-checkout-v2`. */
export function serviceOf(job: string): string {
  return job
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 26)
    .replace(/-$/, '')
}

/** 99.9 % answered without a 5xx, 99 % of those within the first bucket from 300 ms on. */
export function httpObjectives(
  { service, job }: { service: string; job: string },
  signals: SignalMapping,
): Objective[] {
  const to = signals.http_server_request_duration_seconds
  if (to === undefined || to === absent) return []
  const buckets = (to === 'same' ? undefined : to.buckets) ?? httpServer.duration.buckets!
  const metric = { ...httpServer.duration, buckets }
  const shared = {
    service,
    owner: service,
    groupBy: [],
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: dashboardUids.red,
  } as const
  return [
    {
      ...shared,
      name: `${service}-availability`,
      title: `${service} availability`,
      description: `Requests to ${service} that it answers without a server error`,
      sli: {
        kind: 'availability',
        total: selection(metric, { job }),
        failed: selection(metric, { job, http_response_status_code: matches('5..') }),
      },
      objective: 99.9,
    },
    {
      ...shared,
      name: `${service}-latency`,
      title: `${service} latency`,
      description: `Successful requests to ${service} that it answers in time`,
      sli: {
        kind: 'latency',
        total: selection(metric, { job, http_response_status_code: matchesNot('5..') }),
        threshold: buckets.find(bound => bound >= 0.3) ?? buckets.at(-1)!,
      },
      objective: 99,
    },
  ]
}

function fail(service: string, problems: readonly string[]): void {
  if (problems.length > 0)
    throw new UserError(
      `Cannot export ${service}:\n${[...new Set(problems)].map(problem => `  ${problem}`).join('\n')}`,
    )
}
