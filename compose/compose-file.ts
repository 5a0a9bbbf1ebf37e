/** The compose file: every container with the same limits and the same few rights. */

import { ports } from '../contract/ports.ts'
import { hostPort, memoryBudgetMb, type Service } from './service.ts'
import { shopServices } from './shop-services.ts'
import { stackServices } from './stack-services.ts'
import { containers } from './targets.ts'

export const services: Readonly<Record<string, Service>> = { ...stackServices, ...shopServices }

export function composeFile(): object {
  checkMemory()
  const volumes = Object.values(services).flatMap(service => Object.values(service.volumes ?? {}))
  return {
    services: Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, container(service)]),
    ),
    networks: { default: {}, stores: { internal: true } },
    volumes: Object.fromEntries([...new Set(volumes)].map(volume => [volume, {}])),
  }
}

function container(service: Service): object {
  const { definition, networks = ['default'], scratch = [] } = service
  const mounts = [
    ...Object.entries(service.volumes ?? {}).map(([folder, volume]) => `${volume}:${folder}`),
    ...(service.readsGenerated ? [`./generated:${containers.generated('').replace(/\/$/, '')}:ro`] : []),
  ]
  return {
    ...definition,
    ...(service.after ? { depends_on: conditions(service.after) } : {}),
    ...(service.publishes ? { ports: service.publishes.map(published) } : {}),
    ...(mounts.length > 0 ? { volumes: mounts } : {}),
    ...(scratch.length > 0 ? { tmpfs: scratch.map(folder => `${folder}:mode=1777`) } : {}),
    networks,
    // Built here; a registry may have somebody else's image of that name.
    ...('build' in definition ? { pull_policy: 'never' } : {}),
    ...(service.onRequest
      ? { profiles: ['tools'] }
      : { restart: service.runsOnce ? 'on-failure:3' : 'unless-stopped' }),
    mem_limit: `${service.memoryMb}m`,
    memswap_limit: `${service.memoryMb}m`,
    pids_limit: 256,
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    logging: { driver: 'json-file', options: { 'max-size': '5m', 'max-file': '2' } },
  }
}

/** Loopback only: nothing of the lab asks who is calling. */
function published(port: NonNullable<Service['publishes']>[number]): string {
  return `127.0.0.1:${hostPort(port)}:${ports[port].number}`
}

function conditions(after: NonNullable<Service['after']>): object {
  return Object.fromEntries(Object.entries(after).map(([name, condition]) => [name, { condition }]))
}

function checkMemory(): void {
  const total = Object.values(services)
    .filter(service => !service.runsOnce && !service.onRequest)
    .reduce((sum, service) => sum + service.memoryMb, 0)
  if (total > memoryBudgetMb)
    throw new Error(
      `Cannot write the compose file: expected limits of ${memoryBudgetMb} MB together, got ${total}`,
    )
}
