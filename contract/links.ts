/** Where notifications and dashboards lead: addresses, dashboards and panels. */
import { ports } from './ports.ts'

/** What links lead to; the receiver of the lab serves the pages of docs/runbooks. */
export type Place = 'grafana' | 'runbooks'

/** Ports as numbers, or as variables a configuration has filled in. */
export function addressesAt(grafana: number | string, receiver: number | string): Record<Place, string> {
  return { grafana: `http://localhost:${grafana}`, runbooks: `http://localhost:${receiver}/runbooks` }
}

/** While no port is moved. */
export const usualAddresses = addressesAt(ports.grafana.number, ports.receiver.number)

/** A Prometheus whose places are elsewhere says so by external labels of these names. */
export const addressLabels: Record<Place, string> = { grafana: 'grafana_url', runbooks: 'runbooks_url' }

/**
 * The start of a link in an annotation, as Prometheus' template:
 * `{{ with $externalLabels.grafana_url }}{{ . }}{{ else }}http://localhost:3000{{ end }}`
 */
export function addressOf(place: Place): string {
  return `{{ with $externalLabels.${addressLabels[place]} }}{{ . }}{{ else }}${usualAddresses[place]}{{ end }}`
}

/** An annotation as a Prometheus without these external labels shows it. */
export function atUsualAddresses(annotation: string): string {
  return places.reduce((text, place) => text.replaceAll(addressOf(place), usualAddresses[place]), annotation)
}

const places = Object.keys(usualAddresses) as Place[]

/** What the uid of every dashboard begins with, and their tag in Grafana. */
export const dashboardTag = 'sightline'

const uid = <N extends string>(name: N) => `${dashboardTag}-${name}` as const

export const dashboardUids = {
  overview: uid('overview'),
  red: uid('red'),
  use: uid('use'),
  dependencies: uid('dependencies'),
  slo: uid('slo'),
  tuning: uid('tuning'),
  investigate: uid('investigate'),
  load: uid('load'),
  stack: uid('stack'),
} as const

export type DashboardUid = (typeof dashboardUids)[keyof typeof dashboardUids]

export const burnRatePanel = 'Burn rate'

export function runbookUrl(alert: string): string {
  return `${addressOf('runbooks')}/${alert}`
}

/** Variables may hold templates such as `{{ $labels.job }}`. */
export function dashboardUrl(
  uid: DashboardUid,
  variables: Readonly<Record<string, string>> = {},
  panel?: string,
): string {
  const parameters = Object.entries(variables).map(([name, value]) => `var-${name}=${value}`)
  if (panel !== undefined) parameters.push(`viewPanel=panel-${panelId(panel)}`)
  return `${addressOf('grafana')}/d/${uid}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`
}

/** A panel's id comes from its title, so that it keeps it when its neighbours move and links to it stay right. */
export function panelId(title: string): number {
  let hash = 2166136261
  for (const character of title) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619)
  return ((hash >>> 0) % 99_999) + 1
}
