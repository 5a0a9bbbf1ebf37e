/** A lab with its shop and visitors for a browser: it answers once the shop's first requests are measured. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { ports } from '../../contract/ports.ts'
import { freePort } from './ports.ts'

export async function startPageLab(): Promise<{ url: string; stop(): Promise<void> }> {
  const moved: Record<string, string> = {}
  for (const port of Object.values(ports))
    if ('variable' in port) moved[port.variable] = String(await freePort())
  const url = `http://localhost:${moved.GRAFANA_PORT}`
  const child: ChildProcess = spawn(process.execPath, ['scripts/lab.ts', '--json', '--memory', '--rate=20'], {
    env: { ...process.env, ...moved },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stop = async () => {
    if (child.exitCode !== null) return
    child.kill('SIGINT')
    await once(child, 'exit')
  }
  const query = 'sum(rate(http_server_request_duration_seconds_count{job="shop"}[20s])) > 0'
  for (let left = 480; left > 0; left--) {
    if (child.exitCode !== null) throw new Error(`Cannot start the lab: it ended with ${child.exitCode}`)
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`).catch(
      () => undefined,
    )
    if (answer?.ok === true && JSON.stringify(await answer.json()).includes('"value"')) return { url, stop }
    await wait(250)
  }
  await stop()
  throw new Error('Cannot use the lab: expected requests to the shop within two minutes')
}
