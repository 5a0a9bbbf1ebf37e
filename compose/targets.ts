/** The same configurations for two places: containers that know each other by name, and one machine's loopback. */
import { addressesAt, type Place } from '../contract/links.ts'
import { type PortName, ports } from '../contract/ports.ts'

export type Server = 'grafana' | 'prometheus' | 'alertmanager' | 'loki' | 'tempo' | 'collector'

export type Host = Server | 'shop' | 'payments' | 'worker' | 'load' | 'receiver' | 'postgres' | 'valkey'

export interface Target {
  name: string
  /** Where others reach it. */
  address: (host: Host, port: PortName) => string
  port: (port: PortName) => number
  /** What does not run in this place, so that nobody scrapes it or sends to it. */
  leftOut: ReadonlySet<Host>
  /** The interface servers listen on. */
  listen: string
  /** Where a server keeps its data. */
  data: (server: Server) => string
  /** Where the links of alerts lead, as Prometheus' configuration says it. */
  links: Readonly<Record<Place, string>>
  /** Where a server reads other generated files, such as `rules` and `dashboards`. */
  generated: (folder: string) => string
}

/** Environment variables of Prometheus' container. */
export const linkVariables: Record<Place, string> = { grafana: 'GRAFANA_URL', runbooks: 'RUNBOOKS_URL' }

export const containers: Target = {
  name: 'compose',
  address: (host, port) => `${host}:${ports[port].number}`,
  port: port => ports[port].number,
  leftOut: new Set(),
  listen: '0.0.0.0',
  data: server => dataFolders[server],
  // Prometheus fills in its environment, which has the ports of this start.
  links: { grafana: `\${${linkVariables.grafana}}`, runbooks: `\${${linkVariables.runbooks}}` },
  generated: folder => `/etc/sightline/${folder}`,
}

interface LoopbackPlace {
  ports?: Partial<Record<PortName, number>>
  leftOut?: readonly Host[]
  data: string
  generated: string
}

export function loopback(place: LoopbackPlace): Target {
  const port = (name: PortName) => place.ports?.[name] ?? ports[name].number
  return {
    name: 'loopback',
    address: (_host, name) => `127.0.0.1:${port(name)}`,
    port,
    leftOut: new Set(place.leftOut),
    listen: '127.0.0.1',
    data: server => `${place.data}/${server}`,
    links: addressesAt(port('grafana'), port('receiver')),
    generated: folder => `${place.generated}/${folder}`,
  }
}

/** The lab: one process that is all servers at one port, and scrapes itself under one name. */
export function inOneProcess(place: Pick<LoopbackPlace, 'ports'> = {}): Target {
  const target = loopback({ ...place, data: '.sightline', generated: 'generated' })
  const page = target.port('grafana')
  const isOwn = (name: PortName) => ownPorts.includes(name)
  const port = (name: PortName) => (isOwn(name) ? page : target.port(name))
  return {
    ...target,
    name: 'lab',
    port,
    address: (_host, name) => `127.0.0.1:${port(name)}`,
    links: addressesAt(page, page),
  }
}

const ownPorts: readonly PortName[] = ['grafana', 'prometheus', 'alertmanager', 'receiver', 'loki', 'tempo']

/** Where the images keep their data, owned by the users they run as. */
const dataFolders: Record<Server, string> = {
  grafana: '/var/lib/grafana',
  prometheus: '/prometheus',
  alertmanager: '/alertmanager',
  loki: '/loki',
  tempo: '/var/tempo',
  collector: '/var/lib/otelcol',
}
