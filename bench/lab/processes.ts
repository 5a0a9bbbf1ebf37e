/** What a process and all it has started take of this machine, as Linux tells it under /proc. */
import { readdirSync, readFileSync } from 'node:fs'

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

const ticksPerSecond = 100
const servers = /(scripts\/lab\.ts|scripts\/stack\.ts|prometheus|alertmanager|loki|tempo|grafana|otelcol)/

export function usesOf(root: number): Uses {
  const uses: Uses = { servers: { cpu: 0, memory: 0 }, shop: { cpu: 0, memory: 0 } }
  for (const pid of treeOf(root)) {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      const isServer = servers.test(/node$/.test(program) ? args.slice(0, 2).join(' ') : program)
      const use = uses[isServer ? 'servers' : 'shop']
      const [, , utime, stime] = statOf(pid)
      use.cpu += (utime + stime) / ticksPerSecond
      const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
      use.memory += Number(pss ?? 0) * 1024
    } catch {
      // It has ended meanwhile.
    }
  }
  return uses
}

function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const [pid, parent] = statOf(Number(name))
      children.set(parent, [...(children.get(parent) ?? []), pid])
    } catch {
      // As above.
    }
  }
  const found = [root]
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

/** `14437 (MainThread) S 1 …`: the name may hold anything, so fields are counted from its end. */
function statOf(pid: number): [pid: number, parent: number, utime: number, stime: number] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return [pid, Number(fields[1]), Number(fields[11]), Number(fields[12])]
}
