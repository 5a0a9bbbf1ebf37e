/** What the two sides take of this machine. */
import { processesUnder } from '../processes.ts'

interface Use {
  /** Seconds of a core since their start. */
  cpu: number
  /** Bytes; what several share is counted in parts. */
  memory: number
}

/** Of the servers, which are compared, and of the shop, its database and its visitors, which are the same on both sides. */
export interface Uses {
  servers: Use
  shop: Use
}

const servers = /(scripts\/lab\.ts|scripts\/stack\.ts|prometheus|alertmanager|loki|tempo|grafana|otelcol)/

export function usesOf(root: number): Uses {
  const uses: Uses = { servers: { cpu: 0, memory: 0 }, shop: { cpu: 0, memory: 0 } }
  for (const { words, cpu, sharedOut } of processesUnder(root)) {
    const [program = '', ...args] = words
    const isServer = servers.test(/node$/.test(program) ? args.slice(0, 2).join(' ') : program)
    const use = uses[isServer ? 'servers' : 'shop']
    use.cpu += cpu
    use.memory += sharedOut
  }
  return uses
}
