/** The links of alerts lead to where Grafana and the receiver are, also when their ports are moved. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { writeGenerated } from '../../compose/generated-files.ts'
import { prometheusArguments } from '../../compose/prometheus.ts'
import { containers, loopback, type Target } from '../../compose/targets.ts'
import { practice } from '../../contract/windows.ts'
import { eventually } from '../support/eventually.ts'
import { freePorts } from '../support/ports.ts'
import { findPrometheus, titled, use, whyMissing } from '../support/programs.ts'

interface Alert {
  labels: Record<string, string>
  annotations: Record<string, string>
}

const found = findPrometheus()
const missing = whyMissing(found)
const moved = { grafana: 3999, receiver: 9999 }
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

test.skipIf(missing)(titled('of the servers of this machine', missing), { timeout: 60_000 }, async () => {
  await expectMovedLinks(await placeWith({}), {})
})

test.skipIf(missing)(titled('of the containers', missing), { timeout: 60_000 }, async () => {
  const { prometheus } = parse(readFileSync('generated/stack/compose/compose.yaml', 'utf8')).services
  const environment = Object.fromEntries(
    Object.entries(prometheus.environment as Record<string, string>).map(([name, value]) => [
      name,
      asCompose(value, { GRAFANA_PORT: `${moved.grafana}`, RECEIVER_PORT: `${moved.receiver}` }),
    ]),
  )
  await expectMovedLinks(await placeWith({ links: containers.links }), environment)
})

/** Compose's `${NAME:-default}`. */
function asCompose(value: string, variables: Record<string, string>): string {
  return value.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, usual: string) => variables[name] ?? usual)
}

async function placeWith(change: Partial<Target>): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'moved-links-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const [prometheus, alertmanager] = (await freePorts(2)) as [number, number]
  const target = {
    ...loopback({
      ports: { prometheus, alertmanager, ...moved },
      data: join(folder, 'data'),
      generated: folder,
    }),
    ...change,
  }
  writeGenerated(folder, [target])
  return target
}

async function expectMovedLinks(target: Target, environment: Record<string, string>): Promise<void> {
  const alerts = await receiveAlerts(target.port('alertmanager'))
  start(target, environment)
  const watchdog = await eventually(() => {
    const alert = alerts.find(({ labels }) => labels.alertname === 'Watchdog')
    expect(alert).toBeDefined()
    return alert!
  }, 40_000)
  expect(watchdog.annotations.runbook_url).toBe(`http://localhost:${moved.receiver}/runbooks/Watchdog`)
  expect(watchdog.annotations.dashboard_url).toMatch(`http://localhost:${moved.grafana}/d/sightline-stack`)
  // Labels are what Alertmanager groups and silences by.
  expect(Object.values(watchdog.labels).filter(value => value.includes('localhost'))).toEqual([])
}

/** What Prometheus would send to Alertmanager. */
async function receiveAlerts(port: number): Promise<Alert[]> {
  const alerts: Alert[] = []
  const server: Server = createServer(async (request, response) => {
    // Prometheus also scrapes it.
    if (request.method === 'POST') alerts.push(...(JSON.parse(await text(request)) as Alert[]))
    response.end('{}')
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return alerts
}

function start(target: Target, environment: Record<string, string>): void {
  const config = target.generated(`stack/${target.name}/${practice.name}/prometheus.yml`)
  const args = [
    ...prometheusArguments(target, config, '1d'),
    // Prometheus 3 fills in variables by itself, 2 when told to.
    '--enable-feature=expand-external-labels',
    // The first alerts are lost where the rules run before Alertmanager is discovered; by default they come again in a minute.
    '--rules.alert.resend-delay=1s',
  ]
  const child: ChildProcess = spawn(use(found).program, args, { env: environment, stdio: 'ignore' })
  cleanups.push(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
}
