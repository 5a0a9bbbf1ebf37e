/** How long all queries of all dashboards take, one panel after the other. */
import { UserError } from '../../contract/user-error.ts'
import { checkLive, type PanelResult } from '../../dashboards/kit/live/live.ts'
import { renderAll } from '../../dashboards/outputs.ts'
import { scrapeInterval } from './start.ts'
import type { Kind, System } from './system.ts'

export interface Asked {
  queries: number
  /** Seconds; the shortest of the rounds, as the others had to wait for something else. */
  seconds: number
}

const shown = 15 * 60

/** Only of those servers that both sides have, so that both are asked the same. */
export async function askAll(
  system: System,
  has: { loki: boolean; tempo: boolean },
  rounds: number,
): Promise<Asked> {
  const dashboards = renderAll()
  const servers = {
    prometheus: system.prometheus,
    loki: has.loki ? system.loki : undefined,
    tempo: has.tempo ? system.tempo : undefined,
  }
  let best = Infinity
  let found: PanelResult[] = []
  for (let round = 0; round < rounds; round++) {
    const to = Math.floor(Date.now() / 1000)
    const began = performance.now()
    found = await checkLive(dashboards, servers, {
      from: to - shown,
      to,
      step: scrapeInterval,
      scrapeInterval,
    })
    best = Math.min(best, (performance.now() - began) / 1000)
  }
  refuseErrors(system.kind, found)
  // What is left out here because there is no server for it was not asked.
  const asked = found.flatMap(({ answers }) => answers).filter(({ detail }) => !/^No --/.test(detail ?? ''))
  return { queries: asked.length, seconds: best }
}

/** An error is quick, and no answer. */
function refuseErrors(kind: Kind, found: readonly PanelResult[]): void {
  const wrong = found.flatMap(({ answers }) => answers).filter(({ outcome }) => outcome === 'error')
  if (wrong.length > 0)
    throw new UserError({
      action: `ask ${kind} all queries`,
      expected: 'answers',
      got: wrong.map(({ dashboard, panel, detail }) => `${dashboard}: ${panel}: ${detail}`).join('\n'),
    })
}
