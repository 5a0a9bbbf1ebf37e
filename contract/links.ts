/** Where the links of a notification lead; a real project sets its own addresses here. */
import { panelId } from '../dashboards/kit/layout.ts'

export const links = {
  grafana: 'http://localhost:3000',
  /** The receiver of the lab serves the pages of docs/runbooks. */
  runbooks: 'http://localhost:9094/runbooks',
}

export const dashboardUids = [
  'sightline-overview',
  'sightline-red',
  'sightline-use',
  'sightline-dependencies',
  'sightline-slo',
  'sightline-tuning',
  'sightline-investigate',
  'sightline-load',
  'sightline-stack',
] as const

export type DashboardUid = (typeof dashboardUids)[number]

export const burnRatePanel = 'Burn rate'

export function runbookUrl(alert: string): string {
  return `${links.runbooks}/${alert}`
}

/** Variables may hold templates such as `{{ $labels.job }}`. */
export function dashboardUrl(
  uid: DashboardUid,
  variables: Readonly<Record<string, string>> = {},
  panel?: string,
): string {
  const parameters = Object.entries(variables).map(([name, value]) => `var-${name}=${value}`)
  if (panel !== undefined) parameters.push(`viewPanel=panel-${panelId({ title: panel })}`)
  return `${links.grafana}/d/${uid}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`
}
