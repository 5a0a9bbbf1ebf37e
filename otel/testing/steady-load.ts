/** Requests at a steady rate against the kit's service: a slow answer does not slow the next. */

import { setTimeout as sleep } from 'node:timers/promises'

export interface SteadyLoad {
  /** So far: requests sent, answered with 200, and all others. */
  counts: Readonly<{ sent: number; answered: number; failed: number }>
  /** Resolves when every request has its answer; after `until` resolves no more are sent. */
  during: (until: Promise<unknown> | number) => Promise<void>
}

const maxInFlight = 200

export function steadyLoad(url: string, requestsPerSecond: number): SteadyLoad {
  const counts = { sent: 0, answered: 0, failed: 0 }

  async function during(until: Promise<unknown> | number): Promise<void> {
    const underWay = new Set<Promise<void>>()
    const end = typeof until === 'number' ? sleep(until * 1000) : until
    const startedAt = performance.now()
    let isOver = false
    const over = () => {
      isOver = true
    }
    void end.then(over, over)
    for (let due = 0; !isOver; due++) {
      const early = (due * 1000) / requestsPerSecond - (performance.now() - startedAt)
      // What a busy machine is late with is sent at once.
      if (early > 0) await sleep(early)
      if (underWay.size >= maxInFlight) continue
      const request = ask().finally(() => underWay.delete(request))
      underWay.add(request)
    }
    await Promise.all(underWay)
    await end
  }

  async function ask(): Promise<void> {
    counts.sent++
    try {
      const answer = await fetch(`${url}/hello/load`)
      await answer.arrayBuffer()
      if (answer.status === 200) counts.answered++
      else counts.failed++
    } catch {
      counts.failed++
    }
  }

  return { counts, during }
}
