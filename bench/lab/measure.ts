/** All that is measured of one of the two, in the order in which somebody would meet it. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Cost, ingest } from './ingest.ts'
import { type Uses, usesOf } from './processes.ts'
import { type Asked, askAll } from './queries.ts'
import { measureStart, type Start } from './start.ts'
import { type Kind, startSystem } from './system.ts'

export interface Measured {
  first: Start
  /** Of a core, with visitors at the default rate. */
  idle: { servers: number; shop: number }
  /** At which the memory and the queries are measured. */
  small: Loaded
  large: Loaded
  second: Start
}

interface Loaded {
  /** Of each, beside what the visitors cause. */
  items: number
  spans: Cost | undefined
  lines: Cost | undefined
  memory: { servers: number; shop: number }
  asked: Asked
}

export interface Plan {
  items: number
  times: number
  seconds: number
  rounds: number
  /** What both sides have. */
  has: { loki: boolean; tempo: boolean }
  progress: (text: string) => void
}

export async function measure(kind: Kind, folder: string, plan: Plan): Promise<Measured> {
  const { items, times, seconds, progress } = plan
  progress(`${kind}: first start`)
  let system = await startSystem(kind, folder)
  try {
    const first = await measureStart(system)
    if (first.empty.length > 0) progress(`${kind}: still empty: ${first.empty.join('; ')}`)
    progress(`${kind}: ${seconds} s with visitors alone`)
    const idle = await idleOf(system.child.pid!, seconds)
    const load = async (from: number, to: number): Promise<Loaded> => {
      progress(`${kind}: ${to - from} spans and lines more`)
      const spans = await ingest(system, 'traces', to - from, idle.servers)
      const lines = await ingest(system, 'logs', to - from, idle.servers)
      progress(`${kind}: all queries`)
      const asked = await askAll(system, plan.has, plan.rounds)
      const { servers, shop } = usesOf(system.child.pid!)
      return { items: to, spans, lines, memory: { servers: servers.memory, shop: shop.memory }, asked }
    }
    const small = await load(0, items)
    const large = await load(items, items * times)
    await system.stop()
    progress(`${kind}: second start`)
    system = await startSystem(kind, folder)
    const second = await measureStart(system)
    return { first, idle, small, large, second }
  } finally {
    await system.stop()
  }
}

async function idleOf(pid: number, seconds: number): Promise<Measured['idle']> {
  const before = usesOf(pid)
  await wait(seconds * 1000)
  const after = usesOf(pid)
  const of = (part: keyof Uses) => Math.max(0, after[part].cpu - before[part].cpu) / seconds
  return { servers: of('servers'), shop: of('shop') }
}
