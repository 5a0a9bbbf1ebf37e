/** A dashboard over the service's signals: variables, annotations and links are the same on all of them. */

import { not, select } from '../../contract/expr.ts'
import { lab } from '../../contract/shop-signals.ts'
import { history } from '../../contract/stack-signals.ts'
import { runtime, target } from '../../otel/signals.ts'
import type { Annotation, Dashboard, DashboardLink, DataLink, Variable } from './model.ts'

export const dashboardTag = 'sightline'

interface Options
  extends Pick<
    Dashboard,
    'file' | 'uid' | 'title' | 'description' | 'rows' | 'exclusions' | 'from' | 'refresh'
  > {
  variables?: readonly Variable[]
  links?: readonly DashboardLink[]
}

export function dashboard({ variables = targetVariables, links = [], ...rest }: Options): Dashboard {
  return {
    ...rest,
    tags: [dashboardTag],
    variables,
    annotations: [activeFaults, deployments, inventedPast],
    links: [...links, { kind: 'tag', title: 'All dashboards', tag: dashboardTag }],
  }
}

export const prometheusSource = source('prometheus', 'Prometheus')
export const lokiSource = source('loki', 'Loki')
export const tempoSource = source('tempo', 'Tempo')

/** The processes that answer to these labels; `of` names a metric all of them have. */
export function processVariables(of: string): Variable[] {
  return [
    { name: 'job', label: 'Job', kind: 'query', query: `label_values(${of}, job)` },
    {
      name: 'instance',
      label: 'Instance',
      kind: 'query',
      query: `label_values(${of}{job=~"$job"}, instance)`,
    },
  ]
}

export const targetVariables: readonly Variable[] = [
  prometheusSource,
  ...processVariables(select(runtime.startTime)),
]

/** A link to another dashboard that keeps its variables and time; `set` chooses one from the clicked series. */
export function drillDown(title: string, uid: string, set: Readonly<Record<string, string>> = {}): DataLink {
  const chosen = Object.entries(set).map(([variable, value]) => `&var-${variable}=${value}`)
  return { title, url: `/d/${uid}?\${__url_time_range}&\${__all_variables}${chosen.join('')}` }
}

/** The value of a label of the clicked series. */
export function clicked(label: string): string {
  return `\${__field.labels.${label}}`
}

const activeFaults: Annotation = {
  name: 'Faults',
  expr: `max by (fault, target) (${select(lab.faultActive)}) > 0`,
  title: 'Fault: {{fault}}',
  text: 'Injected on {{target}}',
  colour: 'accent',
  ofTheLab: true,
}

/** One version per process: after a restart there may be two series for a while, which cannot be joined. */
const version = `topk by (job, instance) (1, ${select(target.info, { service_version: not('') })})`

const deployments: Annotation = {
  name: 'Starts',
  expr: `min by (job, service_version) (${select(runtime.startTime)} * on (job, instance) group_left (service_version) ${version}) * 1000 >= $__from`,
  title: '{{job}} {{service_version}} started',
  colour: 'neutral',
  valueIsTime: true,
}

const inventedPast: Annotation = {
  name: 'Invented past',
  expr: select(history.synthetic),
  title: 'Invented past',
  text: 'Written before the first start, so that there is a past to look at',
  colour: 'muted',
  withoutToggle: true,
  ofTheLab: true,
}

function source(type: string, name: string): Variable {
  return { name: `${type}_datasource`, label: `${name} data source`, kind: 'datasource', query: type }
}
