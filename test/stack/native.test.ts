/** `npm run stack -- native` on a machine that lacks servers: nobody looks for them, and a healthy start is silent. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
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
const silentSeconds = process.env.SIGHTLINE_SOAK === '1' ? 600 : process.env.SIGHTLINE_LONG === '1' ? 300 : 10
const servers = { prometheus: findServer('prometheus'), alertmanager: findServer('alertmanager') }
const missing = Object.values(servers)
  .flatMap(server => ('missing' in server ? [server.missing] : []))
  .join('; ')

describe.skipIf(missing)(
  titled('native with Prometheus and Alertmanager alone', missing || undefined),
  () => {
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
        if ('program' in server) symlinkSync(server.program, join(folder, name))
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
        const { data } = (await answer(
          'PROMETHEUS_PORT',
          `/api/v1/query?${new URLSearchParams({ query: 'up' })}`,
        )) as { data: { result: { metric: { job: string }; value: [number, string] }[] } }
        const up = Object.fromEntries(data.result.map(({ metric, value }) => [metric.job, value[1]]))
        const expected = ['alertmanager', 'load', 'payments', 'prometheus', 'shop', 'worker']
        const { data: targets } = (await answer('PROMETHEUS_PORT', '/api/v1/targets?state=active')) as {
          data: { activeTargets: { scrapePool: string; lastError: string }[] }
        }
        const errors = targets.activeTargets.map(({ scrapePool, lastError }) => `${scrapePool}: ${lastError}`)
        const samples = await answer(
          'PROMETHEUS_PORT',
          `/api/v1/query?${new URLSearchParams({ query: 'load_target_rate{job="load"}' })}`,
        )
        expect(samples, 'Prometheus scrapes the load of this stack').toMatchObject({
          data: { result: [{ metric: { job: 'load' } }] },
        })
        expect(up, `${errors.join('\n')}\n${output}`).toEqual(
          Object.fromEntries(expected.map(job => [job, '1'])),
        )
        const notifications = (await answer('RECEIVER_PORT', '/notifications.json')) as Notification[]
        expect(
          notifications.filter(({ alertname }) => alertname !== watchdog),
          output,
        ).toEqual([])
        if (silentSeconds > 60) expect(notifications.length).toBeGreaterThan(0)
        console.log(`native: ${silentSeconds} s after the start nobody was notified`)
      },
      (silentSeconds + 60) * 1000,
    )
  },
)
