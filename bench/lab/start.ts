/** How long a start takes: until the page answers, until the shop is up, until every panel shows this run. */
import { setTimeout as wait } from 'node:timers/promises'
import { checkLive, quietReasons } from '../../dashboards/kit/live/live.ts'
import { definitions, renderAll } from '../../dashboards/outputs.ts'
import type { System } from './system.ts'

export interface Start {
  /** Seconds from the command; undefined where that was not reached, or is not there. */
  page: number | undefined
  shop: number | undefined
  panels: number | undefined
  /** Panels that had nothing when patience ended. */
  empty: string[]
}

const patience = 240_000
export const scrapeInterval = 5

export async function measureStart(system: System): Promise<Start> {
  const seconds = () => (Date.now() - system.startedAt) / 1000
  const until = async (url: string, every: number): Promise<number | undefined> => {
    while (seconds() * 1000 < patience) {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
      await answer?.body?.cancel()
      if (answer?.ok) return seconds()
      if (system.child.exitCode !== null) break
      await wait(every)
    }
    return undefined
  }
  const [page, shop, panels] = await Promise.all([
    system.page === undefined ? undefined : until(system.page, 20),
    until(system.shopReady, 50),
    untilDrawn(system, seconds),
  ])
  return { page, shop, ...panels }
}

async function untilDrawn(system: System, seconds: () => number): Promise<Pick<Start, 'panels' | 'empty'>> {
  const dashboards = renderAll()
  const reasons = quietReasons(definitions)
  let empty: string[] = ['all of them']
  while (seconds() * 1000 < patience && system.child.exitCode === null) {
    await wait(500)
    const to = Math.floor(Date.now() / 1000)
    const from = Math.floor(system.startedAt / 1000)
    const range = { from, to, step: scrapeInterval, scrapeInterval }
    const found = await checkLive(dashboards, serversOf(system), range, reasons).catch(() => undefined)
    if (found === undefined) continue
    empty = found
      .filter(({ outcome }) => outcome === 'empty' || outcome === 'error')
      .map(({ dashboard, panel }) => `${dashboard}: ${panel}`)
    if (empty.length === 0) return { panels: seconds(), empty }
  }
  return { panels: undefined, empty }
}

const serversOf = ({ prometheus, loki, tempo }: System) => ({ prometheus, loki, tempo })
