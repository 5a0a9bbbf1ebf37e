/** How the process ends: drained and flushed on a signal, with its last lines written on a crash. */

import { delivery } from './delivery.ts'
import { log } from './logs.ts'

interface Hook {
  name: string
  run: () => void | Promise<void>
}

const hooks: Hook[] = []
let handling = false
let ending: Promise<never> | undefined

/** Runs when the process is asked to end; the last one registered runs first. */
export function onShutdown(name: string, run: () => void | Promise<void>): void {
  hooks.push({ name, run })
  handleEndings()
}

/** Runs the hooks, flushes the telemetry and exits: 0, or 1 when a hook failed or the deadline passed. */
export function shutdown(reason: string): Promise<never> {
  ending ??= end(reason, 0)
  return ending
}

/** Idempotent, so that whoever needs it first may call it. */
export function handleEndings(): void {
  if (handling) return
  handling = true
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (ending !== undefined) process.exit(signal === 'SIGTERM' ? 143 : 130)
      void shutdown(signal)
    })
  process.on('uncaughtException', error => crash(error, 'uncaught exception'))
  process.on('unhandledRejection', reason => crash(reason, 'unhandled rejection'))
  process.once('beforeExit', () => void delivery.flush(flushMs, deadlineMs))
}

const deadlineMs = Number(process.env.SHUTDOWN_TIMEOUT_MS ?? 10_000)
const flushMs = 2000

async function end(reason: string, code: number): Promise<never> {
  const deadline = Date.now() + deadlineMs
  log.info({ reason }, 'shutting down')
  for (const { name, run } of hooks.toReversed()) {
    const problem = await attempt(run, Math.max(0, deadline - flushMs - Date.now()))
    if (problem === undefined) continue
    log.error({ err: problem, hook: name }, 'shutdown hook failed')
    code = 1
  }
  log.info({ reason, code }, 'shut down')
  const leftMs = Math.max(100, deadline - Date.now())
  await delivery.flush(Math.min(flushMs, leftMs), leftMs)
  process.exit(code)
}

async function attempt(run: Hook['run'], ms: number): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Error>(resolve => {
    timer = setTimeout(() => resolve(new Error(`expected to finish within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([
      Promise.resolve()
        .then(run)
        .then(() => undefined),
      late,
    ])
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    clearTimeout(timer)
  }
}

/** The process is in an unknown state: no hooks, only the last lines and spans, then the end. */
function crash(error: unknown, message: string): void {
  log.fatal({ err: error instanceof Error ? error : new Error(String(error)) }, message)
  delivery.flush(flushMs, deadlineMs).finally(() => process.exit(1))
}
