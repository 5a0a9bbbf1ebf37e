/** Somebody's service that a real Prometheus scrapes: asked there, exported for practice, and paged on when a fifth fails. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { practice } from '../../contract/windows.ts'
import { main as checkVerb } from '../../scripts/check-queries.ts'
import { main as exportVerb } from '../../scripts/export.ts'
import { type Monitoring, monitoringPrograms, startMonitoring } from '../support/monitoring-servers.ts'
import { titled } from '../support/programs.ts'
import { runVerb } from '../support/run-verb.ts'

const job = 'Shop/orders.v2'
const wanted = monitoringPrograms()
const missing = 'missing' in wanted ? wanted.missing : undefined
const folder = mkdtempSync(join(tmpdir(), 'take-home-'))
const out = join(folder, 'orders')
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(missing !== undefined)(titled('a real Prometheus', missing), () => {
  let service: ChildProcess
  let port: string
  let orders: NodeJS.Timeout
  let monitoring: Monitoring

  const watch = (ruleFiles: Readonly<Record<string, string>>) =>
    startMonitoring({
      ...('programs' in wanted ? wanted.programs : expect.fail(missing)),
      interval: practice.scrapeInterval,
      jobs: { [job]: `http://127.0.0.1:${port}/metrics` },
      ruleFiles,
      alertmanagerConfig: { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] },
    })

  beforeAll(async () => {
    service = spawn(process.execPath, [join(import.meta.dirname, 'services', 'express-prom-bundle.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    ;[port] = (await once(createInterface(service.stdout!), 'line')) as [string]
    orders = setInterval(() => void fetch(`http://127.0.0.1:${port}/orders`).catch(() => {}), 20)
    monitoring = await watch({})
  }, 30_000)
  afterAll(async () => {
    clearInterval(orders)
    service.kill()
    await monitoring.stop()
  })

  const exported = (...args: string[]) =>
    runVerb(exportVerb, ['--prometheus', monitoring.prometheusUrl, '--format', 'grafana', ...args])

  test('a job it does not have is refused, with those it has', async () => {
    await until('up == 1')
    const { code, printed } = await exported('--job', 'orders', '--out', join(folder, 'none'))
    expect(printed).toContain(`got none; its jobs are ${job}`)
    expect(code).toBe(1)
  })

  test('what it scraped is recognised, and the job keeps its name', async () => {
    await until('http_request_duration_seconds_count{status_code="500"}')
    const { code, printed } = await exported('--job', job, '--preset', 'practice', '--out', out)
    expect(printed).toMatch(/http_request_duration_seconds counts requests, by status_code \(.*500/)
    expect(printed).toContain(join(out, 'dashboards/shop-orders-v2-red.json'))
    expect(code).toBe(0)
  })

  test('its errors page within a minute, and the panel shows a fifth', { timeout: 150_000 }, async () => {
    await monitoring.stop()
    monitoring = await watch({
      'slo.yaml': readFileSync(join(out, 'rules/slo-shop-orders-v2-availability.yaml'), 'utf8'),
    })
    const page = 'ALERTS{alertname="ShopOrdersV2AvailabilityBurn", alertstate="firing", severity="page"}'
    await until(page)
    expect(await values('ALERTS{alertname="SloSignalBroken"}')).toEqual([])
    const { panels } = JSON.parse(readFileSync(join(out, 'dashboards/shop-orders-v2-red.json'), 'utf8')) as {
      panels: { title: string; targets?: { expr: string }[] }[]
    }
    const { targets } = panels.find(({ title }) => title === 'Error ratio' || title === 'Errors')!
    const expr = targets![0]!.expr.replaceAll('$__rate_interval', '1m')
    const [ratio, ...others] = await values(
      expr.replaceAll(/"\$job"/g, `"${job}"`).replaceAll(/"\$\w+"/g, '".*"'),
    )
    expect(others).toEqual([])
    expect(ratio).toBeCloseTo(0.2, 1)
    const { printed } = await runVerb(checkVerb, [
      ...['--prometheus', monitoring.prometheusUrl, '--dir', out, '--json'],
    ])
    const results: { dashboard: string; panel: string; outcome: string }[] = JSON.parse(printed)
    const red = results.filter(({ dashboard }) => dashboard === 'shop-orders-v2-red')
    expect(red.length).toBeGreaterThan(5)
    expect(red.filter(({ outcome }) => outcome !== 'data')).toEqual([])
  })

  async function values(query: string): Promise<number[]> {
    const answer = await fetch(`${monitoring.prometheusUrl}/api/v1/query?${new URLSearchParams({ query })}`)
    const { status, error, data } = (await answer.json()) as {
      status: string
      error?: string
      data: { result: { value: [number, string] }[] }
    }
    expect([status, error]).toEqual(['success', undefined])
    return data.result.map(({ value }) => Number(value[1]))
  }

  const until = (query: string) =>
    vi.waitUntil(async () => (await values(query)).length > 0, { timeout: 90_000, interval: 500 })
})
