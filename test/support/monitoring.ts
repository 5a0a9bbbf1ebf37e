/** The shop with visitors and all that watches it: in the lab, or on those of the real servers that this machine has. */

import { portSettings } from '../../app/config.ts'
import type { Notification } from '../../compose/receiver/notifications.ts'
import type { Server } from '../../compose/targets.ts'
import { practice } from '../../contract/windows.ts'
import { answers, untilReady } from './eventually.ts'
import { freePorts } from './ports.ts'
import { getJson, startLab } from './running-lab.ts'
import { missingServers, startStack } from './running-stack.ts'

export interface Monitoring {
  /** Answers of a server as JSON, or of who speaks in its place. */
  ask: (server: Api, path: string, parameters?: Record<string, string>) => Promise<unknown>
  notifications: () => Promise<Notification[]>
  shopAdminUrl: string
  stop: () => Promise<unknown>
}

export interface CrashableServers {
  kill: (server: Server) => Promise<void>
  start: (server: Server) => Promise<void>
}

type Api = Exclude<Server, 'collector'>

interface Backend {
  name: string
  start: (rate: number) => Promise<Monitoring & Partial<CrashableServers>>
  /** The jobs that are scraped besides the shop's. */
  jobs: readonly string[]
  /** Why what needs these servers cannot be looked at here. */
  lacks: (...servers: Server[]) => string | undefined
}

const lab: Backend = {
  name: 'the lab',
  jobs: ['lab'],
  lacks: () => undefined,
  async start(rate) {
    const variables = Object.values(portSettings).map(({ variable }) => variable)
    const free = await freePorts(variables.length)
    const env = Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])]))
    const { url, child, stop } = await startLab([`--rate=${rate}`], { ...env, SIGHTLINE_HISTORY: 'off' })
    const shopAdminUrl = `http://127.0.0.1:${env[portSettings.shopAdmin.variable]}`
    const starting = { name: "the lab's shop", child: () => child, output: () => '', timeoutMs: 180_000 }
    await untilReady(starting, answers(`${shopAdminUrl}/health/ready`))
    return {
      ask: (_, path, parameters) => getJson(`${url}${path}?${new URLSearchParams(parameters)}`),
      notifications: () => getJson(`${url}/notifications.json`),
      shopAdminUrl,
      stop,
    }
  },
}

const realServers: Backend = {
  name: 'the real servers',
  jobs: (['prometheus', 'alertmanager', 'loki', 'tempo', 'collector'] as const).filter(
    server => missingServers[server] === undefined,
  ),
  lacks(...servers) {
    const reasons = servers.flatMap(server => missingServers[server] ?? [])
    return reasons.length === 0 ? undefined : reasons.join('; ')
  },
  async start(rate) {
    const stack = await startStack(practice, rate)
    return { ...stack, shopAdminUrl: stack.lab.shop.adminUrl }
  },
}

/** The real ones take minutes, so `ok:long` alone waits for them. */
export const backends = process.env.SIGHTLINE_LONG === '1' ? [lab, realServers] : [lab]
