/** One container, and the words its definition is made of. */
import { addressesAt } from '../contract/links.ts'
import { type PortName, ports } from '../contract/ports.ts'
import { containers } from './targets.ts'

export type Condition = 'service_healthy' | 'service_started' | 'service_completed_successfully'

export interface Service {
  /** Its limit; together they stay below `memoryBudgetMb`. */
  memoryMb: number
  /** A job that ends before the others start; its memory is free again by then. */
  runsOnce?: true
  /** Only there when somebody runs it: `docker compose run --rm NAME`. */
  onRequest?: true
  /** Shown on the host's loopback. */
  publishes?: readonly PortName[]
  after?: Readonly<Record<string, Condition>>
  /** Named volumes by where they are mounted. */
  volumes?: Readonly<Record<string, string>>
  /** Folders only this container sees and nobody keeps. */
  scratch?: readonly string[]
  readsGenerated?: true
  networks?: readonly Network[]
  /** What compose takes as it stands. */
  definition: Readonly<Record<string, unknown>>
}

/** The database and the cache ask for no password, so only who needs them can reach them. */
type Network = 'default' | 'stores'

export const memoryBudgetMb = 2048

/** Go collects in time when it knows its share; the rest is for stacks and what it maps. */
export function goMemory(memoryMb: number): string {
  return `${Math.round(memoryMb * 0.87)}MiB`
}

/** A generated file as a container sees it. */
export function configuration(file: string): string {
  return containers.generated(`stack/compose/${file}`)
}

/** Compose asks the user for it, or takes what the preset says. */
export function variable(name: string, fallback?: string): string {
  return fallback === undefined ? `\${${name}}` : `\${${name}:-${fallback}}`
}

export function hostPort(name: PortName): string {
  const port: { number: number; variable?: string } = ports[name]
  if (port.variable === undefined)
    throw new Error(`Cannot publish port ${name}: expected a variable by which it can be moved`)
  return variable(port.variable, String(port.number))
}

/** As a browser on this machine reaches them, wherever their ports are moved. */
export const hostAddresses = addressesAt(hostPort('grafana'), hostPort('receiver'))

/** Often while it starts, so that nobody waits for long; seldom once it runs. */
export function health(...command: string[]) {
  return {
    test: ['CMD', ...command],
    interval: '15s',
    timeout: '5s',
    retries: 4,
    start_period: '60s',
    start_interval: '1s',
  }
}

export function healthUrl(port: PortName, path: string) {
  return health('wget', '-qO', '/dev/null', `http://127.0.0.1:${ports[port].number}${path}`)
}
