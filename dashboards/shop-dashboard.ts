/** A dashboard over the shop's signals: variables, annotations and links are the same on all of them. */

import { not, select } from '../contract/expr.ts'
import { dashboardTag } from '../contract/links.ts'
import { lab } from '../contract/shop-signals.ts'
import { history } from '../contract/stack-signals.ts'
import { runtime, target } from '../otel/signals.ts'
import type { Annotation, Dashboard, DashboardLink, Variable } from './kit/model.ts'
import { processVariables, prometheusSource } from './kit/variables.ts'

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

export const targetVariables: readonly Variable[] = [
  prometheusSource,
  ...processVariables(select(runtime.startTime)),
]

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
