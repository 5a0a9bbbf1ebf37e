/** The lab as people start it, in a process of its own and at ports of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { ports } from '../../contract/ports.ts'
import { freePorts } from './ports.ts'

export interface RunningLab {
  url: string
  otlp: string
  grpc: string
  child: ChildProcess
  /** Milliseconds since the epoch, when the command was given. */
  startedAt: number
  /** Milliseconds from Ctrl-C to its end. */
  stop(): Promise<{ took: number; code: number | null }>
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

/**
 * It answers; whether its shop is up yet is for the test to see. `env` may name ports that the test has to know, and
 * `from` an installed package.
 */
export async function startLab(
  args: readonly string[],
  env: Record<string, string> = {},
  from: { cwd?: string; script: readonly string[] } = { script: ['scripts/lab.ts'] },
): Promise<RunningLab> {
  const variables = Object.values(ports).flatMap(port => ('variable' in port ? [port.variable] : []))
  const free = await freePorts(variables.length)
  const moved = Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])]))
  const startedAt = Date.now()
  const kept = args.some(arg => arg.startsWith('--data')) ? [] : ['--memory']
  const child: ChildProcess = spawn(process.execPath, [...from.script, '--json', ...kept, ...args], {
    ...(from.cwd !== undefined && { cwd: from.cwd }),
    env: { ...process.env, ...moved, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = `http://127.0.0.1:${moved.GRAFANA_PORT}`
  child.stdout!.resume()
  const lab: RunningLab = {
    url,
    otlp: `http://127.0.0.1:${moved.OTLP_HTTP_PORT}`,
    grpc: `http://127.0.0.1:${moved.OTLP_GRPC_PORT}`,
    startedAt,
    child,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    async stop() {
      const startedAt = performance.now()
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT')
        await once(child, 'exit')
      }
      return { took: performance.now() - startedAt, code: child.exitCode }
    },
  }
  for (let left = 600; left > 0; left--) {
    if (child.exitCode !== null) throw new Error(`The lab ended with ${child.exitCode}`)
    const answer = await fetch(`${url}/api/echo`).catch(() => undefined)
    if (answer?.ok) return lab
    await wait(100)
  }
  await lab.stop()
  throw new Error('The lab did not start')
}

/** Until what was asked of the lab's metrics has an answer. */
export async function untilMeasured(lab: RunningLab, query: string, timeout = 120_000): Promise<void> {
  for (const end = Date.now() + timeout; Date.now() < end; await wait(200)) {
    const { data } = await getJson(`${lab.url}/api/v1/query?query=${encodeURIComponent(query)}`)
    if (data.result.length > 0) return
  }
  throw new Error(`Cannot use the lab: expected an answer to ${query} within ${timeout / 1000} s`)
}

// biome-ignore lint/suspicious/noExplicitAny: what the APIs answer is what the tests look at
export async function getJson(url: string): Promise<any> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
