/** The lab as people start it, in a process of its own and at ports of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './ports.ts'

export interface RunningLab {
  url: string
  otlp: string
  /** Milliseconds from Ctrl-C to its end. */
  stop(): Promise<{ took: number; code: number | null }>
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

export async function startLab(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<RunningLab> {
  const [port, otlpPort] = [await freePort(), await freePort()]
  const child: ChildProcess = spawn(
    process.execPath,
    ['scripts/lab.ts', '--json', `--port=${port}`, ...(keepsData(args) ? [] : ['--memory']), ...args],
    {
      env: { ...process.env, OTLP_HTTP_PORT: String(otlpPort), ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const url = `http://127.0.0.1:${port}`
  child.stdout!.resume()
  const lab: RunningLab = {
    url,
    otlp: `http://127.0.0.1:${otlpPort}`,
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

function keepsData(args: readonly string[]): boolean {
  return args.some(arg => arg.startsWith('--data'))
}

// biome-ignore lint/suspicious/noExplicitAny: what the APIs answer is what the tests look at
export async function getJson(url: string): Promise<any> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
