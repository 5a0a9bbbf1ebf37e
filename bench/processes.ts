/** What a process and all it has started take of this machine, as Linux tells it under /proc. */
import { readdirSync, readFileSync } from 'node:fs'

interface ProcessUse {
  words: string[]
  /** Seconds of a core since its start. */
  cpu: number
  /** Bytes. */
  resident: number
  /** Bytes; what several share is counted in parts. */
  sharedOut: number
}

const ticksPerSecond = 100

/** Of each process that has not ended meanwhile, parents before what they started. */
export function processesUnder(root: number): ProcessUse[] {
  return treeOf(root).flatMap(pid => {
    try {
      const { utime, stime } = statOf(pid)
      const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      const bytes = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(memory)?.[1] ?? 0) * 1024
      return {
        words: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'),
        cpu: (utime + stime) / ticksPerSecond,
        resident: bytes('Rss'),
        sharedOut: bytes('Pss'),
      }
    } catch {
      return []
    }
  })
}

function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const { parent } = statOf(Number(name))
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [root]
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

/** `14437 (MainThread) S 1 …`: the name may hold anything, so fields are counted from its end. */
function statOf(pid: number): { parent: number; utime: number; stime: number } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(fields[1]), utime: Number(fields[11]), stime: Number(fields[12]) }
}
