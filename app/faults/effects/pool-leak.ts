import type { Pool, PoolClient } from 'pg'
import type { Effect } from '../switch.ts'

/** Takes connections and does not give them back, one a second, up to `intensity` or all the pool has. */
export function leakConnections(pool: Pool): Effect {
  return ({ intensity }) => {
    const kept: PoolClient[] = []
    const limit = Math.min(intensity, pool.options.max)
    let taking = false
    let over = false
    const timer = setInterval(async () => {
      if (taking || kept.length >= limit) return
      taking = true
      const client = await pool.connect().catch(() => undefined)
      if (over) client?.release()
      else if (client !== undefined) kept.push(client)
      taking = false
    }, 1000)
    return () => {
      over = true
      clearInterval(timer)
      for (const client of kept.splice(0)) client.release()
    }
  }
}
