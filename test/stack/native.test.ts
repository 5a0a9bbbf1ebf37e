/** `npm run stack -- native` on a machine that lacks servers: nobody looks for them, and a healthy start is silent. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { watchdog } from '../../alerts/routing/alertmanager.ts'
import { findServer } from '../../compose/native.ts'
import { publishedPorts } from '../../compose/preflight.ts'
import type { Notification } from '../../compose/receiver/notifications.ts'
import { ports } from '../../contract/ports.ts'
import { eventually } from '../support/eventually.ts'
import { freePorts } from '../support/ports.ts'
import { titled } from '../support/programs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const isLong = process.env.SIGHTLINE_LONG === '1' || process.env.SIGHTLINE_SOAK === '1'
/** How long each server takes to start, beside what it needs, and for how long nobody may be notified afterwards. */
const starts = [
  { start: 'fast', delay: 0, silentSeconds: process.env.SIGHTLINE_SOAK === '1' ? 600 : isLong ? 300 : 10 },
  { start: 'slow', delay: 20, silentSeconds: 120 },
].slice(0, isLong ? 2 : 1)
const servers = { prometheus: findServer('prometheus'), alertmanager: findServer('alertmanager') }
const missing = Object.values(servers)
  .flatMap(server => ('missing' in server ? [server.missing] : []))
  .join('; ')

describe.skipIf(missing).each(starts)(
  titled('native with Prometheus and Alertmanager alone, a $start start', missing || undefined),
  ({ delay, silentSeconds }) => {
    const folder = mkdtempSync(join(tmpdir(), 'native-'))
    let stack: ChildProcess
    let output = ''
    /** Another load of this machine, which has the usual port and answers there. */
    let otherLoad: Server | undefined
    let environment: Record<string, string>

    beforeAll(async () => {
      otherLoad = createServer((_request, response) => response.end('other 1\n'))
      otherLoad.on('error', () => {}).listen(ports.load.number, '127.0.0.1')
      const published = publishedPorts({})
      const free = await freePorts(published.length)
      // A PATH with nothing but these two, whatever else this machine has.
      for (const [name, server] of Object.entries(servers))
        if ('program' in server) install(server.program, join(folder, name))
      environment = {
        ...Object.fromEntries(published.map(({ variable }, index) => [variable, String(free[index])])),
        PATH: folder,
        SIGHTLINE_HISTORY: 'off',
        SIGHTLINE_PRESET: 'practice',
      }
      stack = spawn(process.execPath, ['scripts/stack.ts', 'native', '--data', join(folder, 'data')], {
        cwd: root,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [stack.stdout!, stack.stderr!])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
      await eventually(() => {
        expect(stack.exitCode, output).toBe(null)
        expect(output).toContain('Ctrl-C stops all')
      }, 230_000)
    }, 240_000)

    function install(program: string, path: string): void {
      if (delay === 0) symlinkSync(program, path)
      else
        writeFileSync(
          path,
          `#!/bin/sh\n[ "$1" = --version ] || /bin/sleep ${delay}\nexec ${program} "$@"\n`,
          { mode: 0o755 },
        )
    }

    afterAll(async () => {
      otherLoad?.close()
      stack.kill('SIGTERM')
      if (stack.exitCode === null) await once(stack, 'exit')
      rmSync(folder, { recursive: true, force: true })
    }, 60_000)

    const answer = async (port: string, path: string) => {
      const response = await fetch(`http://127.0.0.1:${environment[port]}${path}`)
      return (await response.json()) as unknown
    }

    async function query(
      expression: string,
    ): Promise<{ metric: { job: string }; value: [number, string] }[]> {
      const path = `/api/v1/query?${new URLSearchParams({ query: expression })}`
      return ((await answer('PROMETHEUS_PORT', path)) as { data: { result: [] } }).data.result
    }

    test('one line says what is left out, and Prometheus scrapes what was started', async () => {
      const lines = output.split('\n').filter(line => line.startsWith('Left out'))
      expect(lines).toHaveLength(1)
      for (const name of ['loki', 'tempo', 'collector', 'grafana']) expect(lines[0]).toContain(`${name} (no `)
      const file = join(folder, 'data/generated/stack/loopback/practice/prometheus.yml')
      const { scrape_configs } = parse(readFileSync(file, 'utf8')) as {
        scrape_configs: { job_name: string }[]
      }
      expect(scrape_configs.map(({ job_name }) => job_name).toSorted()).toEqual(
        ['alertmanager', 'load', 'payments', 'prometheus', 'shop', 'worker'].toSorted(),
      )
    })

    test(
      `${silentSeconds} s after its start every target is up and nobody was notified`,
      async () => {
        await wait(silentSeconds * 1000)
        const up = Object.fromEntries((await query('up')).map(({ metric, value }) => [metric.job, value[1]]))
        const expected = ['alertmanager', 'load', 'payments', 'prometheus', 'shop', 'worker']
        const { data: targets } = (await answer('PROMETHEUS_PORT', '/api/v1/targets?state=active')) as {
          data: { activeTargets: { scrapePool: string; lastError: string }[] }
        }
        const errors = targets.activeTargets.map(({ scrapePool, lastError }) => `${scrapePool}: ${lastError}`)
        const load = await query('load_target_rate{job="load"}')
        expect(load, 'Prometheus scrapes the load of this stack').toHaveLength(1)
        expect(up, `${errors.join('\n')}\n${output}`).toEqual(
          Object.fromEntries(expected.map(job => [job, '1'])),
        )
        const notifications = (await answer('RECEIVER_PORT', '/notifications.json')) as Notification[]
        // An alert on the machine is right when others take its cores; it is one of this stack when it does so itself.
        const own = `max_over_time(sum(rate(process_cpu_seconds_total[1m]))[${silentSeconds}s:5s])`
        const [cores] = await query(`${own} / ${availableParallelism()}`)
        const isOthers = Number(cores?.value[1]) < 0.35
        const expectedOnes = [watchdog, ...(isOthers ? ['CpuHeadroomLow'] : [])]
        expect(
          notifications.filter(({ alertname }) => !expectedOnes.includes(alertname)),
          `${output}\nshare of the cores that the stack took: ${cores?.value[1]}`,
        ).toEqual([])
        if (silentSeconds > 60) expect(notifications.length).toBeGreaterThan(0)
        console.log(`native: ${silentSeconds} s after a start with ${delay} s of delay nobody was notified`)
      },
      (silentSeconds + 60) * 1000,
    )
  },
)
