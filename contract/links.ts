/** Where the links of a notification lead; a real project sets its own addresses here. */

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
  if (panel !== undefined) parameters.push(`viewPanel=panel-${panelId(panel)}`)
  return `${links.grafana}/d/${uid}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`
}

/** A panel's id comes from its title, so that it keeps it when its neighbours move and links to it stay right. */
export function panelId(title: string): number {
  let hash = 2166136261
  for (const character of title) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619)
  return ((hash >>> 0) % 99_999) + 1
}
