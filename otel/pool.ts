/** USE of a pool of connections, whatever the driver, and the wait of those who ask it for one. */

import { context } from '@opentelemetry/api'
import { counter, histogram, initialise, observe } from './metrics.ts'
import { database } from './signals.ts'

interface PoolState {
  open: number
  idle: number
  max: number
  waiting: number
}

export type Callback = (error: unknown, ...rest: unknown[]) => void

const wait = histogram(database.connectionWait)
const timeouts = counter(database.connectionTimeouts)

/** Returns how to begin a wait; what that returns is called once the connection is there, or the error. */
export function observePoolState(
  name: string,
  read: () => PoolState,
  isTimeout: (error: unknown) => boolean,
): () => (error?: unknown) => void {
  const labels = { db_client_connection_pool_name: name }
  initialise(database.connectionTimeouts, [labels])
  observe(database.connections, () => {
    const { open, idle } = read()
    return [
      { labels: { ...labels, db_client_connection_state: 'idle' as const }, value: idle },
      { labels: { ...labels, db_client_connection_state: 'used' as const }, value: open - idle },
    ]
  })
  observe(database.connectionsMax, () => [{ labels, value: read().max }])
  observe(database.connectionsPending, () => [{ labels, value: read().waiting }])
  return () => {
    const startedAt = performance.now()
    return error => {
      wait.record(labels, (performance.now() - startedAt) / 1000)
      if (isTimeout(error)) timeouts.add(labels)
    }
  }
}

/** A driver calls back in the course of whatever freed the connection or read the socket; so the caller's trace is kept. */
export function inCallersContext(callback: Callback, before: (error: unknown) => void): Callback {
  const caller = context.active()
  return (error, ...rest) => {
    before(error)
    context.with(caller, callback, undefined, error, ...rest)
  }
}
