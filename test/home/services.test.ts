/** Services nobody here wrote: their metrics are recognised, and what is exported shows their errors and pages on them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEvaluator, createStore, instantQuery, loadRules } from '../../engines/promql/index.ts'
import { readMetrics } from '../../engines/promql/text/openmetrics.ts'
import { main as checkVerb } from '../../scripts/check-queries.ts'
import { main as exportVerb } from '../../scripts/export.ts'
import { runVerb } from '../support/run-verb.ts'
import { type RunningLab, startLab, untilMeasured } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'take-home-'))
afterAll(() => rmSync(folder, { recursive: true }))

const exported = (...args: string[]) =>
  runVerb(exportVerb, ['--service', 'orders', '--format', 'grafana', ...args])

describe.each(['express-prom-bundle', 'fastify-metrics'])('%s', name => {
  let service: ChildProcess
  let url: string
  const out = join(folder, name)

  beforeAll(async () => {
    service = spawn(process.execPath, [join(import.meta.dirname, 'services', `${name}.mjs`)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = await once(createInterface(service.stdout!), 'line')
    url = `http://127.0.0.1:${port}`
  })
  afterAll(async () => {
    service.kill()
    await once(service, 'exit')
  })

  const order = (times: number) =>
    Promise.all(Array.from({ length: times }, () => fetch(`${url}/orders`).then(({ status }) => status)))

  test('before its first request nothing is written, and it is said why', async () => {
    const { code, printed } = await exported('--source', `${url}/metrics`, '--out', join(folder, 'early'))
    expect(printed).toMatch(/expected a histogram of requests .*only after the first request/)
    expect(code).toBe(1)
    expect(readdirSync(folder)).not.toContain('early')
  })

  test('its metrics are recognised by what is there', async () => {
    expect((await order(10)).filter(status => status === 500)).toHaveLength(2)
    const { code, printed } = await exported('--source', `${url}/metrics`, '--out', out)
    expect(printed).toMatch(
      /http_request_duration_seconds counts requests, by status_code \(.*500.*\); buckets 0/,
    )
    expect(code).toBe(0)
    const { signals } = JSON.parse(readFileSync(join(out, 'signals.json'), 'utf8'))
    expect(signals.http_server_request_duration_seconds.labels).toMatchObject({
      http_response_status_code: 'status_code',
      http_request_method: 'method',
    })
  })

  test('what was recognised can be kept and is verified the next time', async () => {
    const kept = join(out, 'signals.json')
    const { code, printed } = await exported('--signals', kept, '--source', `${url}/metrics`, '--out', out)
    expect(printed).toContain('Verified: ')
    expect(code).toBe(0)
  })

  test('names that it does not have are refused, with what it has instead', async () => {
    const wrong = join(folder, 'wrong')
    const { code, printed } = await exported(
      ...['--signals', 'prom-client', '--source', `${url}/metrics`, '--out', wrong],
    )
    expect(printed).toMatch(/expected http_request_duration_seconds with the label code, got .*status_code/)
    expect(code).toBe(1)
    expect(readdirSync(folder)).not.toContain('wrong')
  })

  test('without a source it is said that nothing was verified', async () => {
    const { printed } = await exported('--signals', 'prom-client', '--out', join(folder, `${name}-blind`))
    expect(printed).toContain('Nothing was verified')
  })

  test('every fifth request fails: the error ratio says so, and the page comes', async () => {
    const pageAfter = async (orders: number) => {
      await order(orders)
      return (await fetch(`${url}/metrics`)).text()
    }
    const [before, after] = [await pageAfter(50), await pageAfter(100)]
    const store = createStore()
    const minute = 60_000
    // An hour at this pace: what its counters rose by is what they rise by in each minute.
    const growth = growthOf(before, after)
    for (let at = 0; at <= 60; at++)
      readMetrics(store, grown(before, growth, at), {
        format: 'text',
        time: at * minute,
        relabel: labels => [...labels, ['job', 'orders'], ['instance', url]],
      })
    const evaluator = createEvaluator(
      loadRules(readFileSync(join(out, 'rules', 'slo-orders-availability.yaml'), 'utf8'), 'slo.yaml'),
      store,
    )
    evaluator.runRange(0, 60 * minute)
    const firing = evaluator.alerts().filter(({ state }) => state === 'firing')
    const names = firing.map(({ labels }) => labels.get('alertname'))
    expect(names).toContain('OrdersAvailabilityBurn')
    expect(names).not.toContain('SloSignalBroken')
    const dashboard = JSON.parse(readFileSync(join(out, 'dashboards', 'orders-red.json'), 'utf8'))
    const panels: { title: string; targets?: { expr: string }[] }[] = dashboard.panels
    const panel = panels.find(({ title }) => title === 'Error ratio' || title === 'Errors')
    const expr = panel!.targets![0]!.expr.replaceAll('$__rate_interval', '5m').replaceAll(/"\$\w+"/g, '".*"')
    const result = instantQuery(store, expr, 60 * minute)
    const values = result.type === 'vector' ? result.samples.map(({ value }) => value) : []
    expect(values).toHaveLength(1)
    expect(values[0]).toBeCloseTo(0.2, 1)
  })
})

describe('an exported folder, checked against a running Prometheus', () => {
  let service: ChildProcess
  let lab: RunningLab
  let url: string
  const out = join(folder, 'checked')

  beforeAll(async () => {
    service = spawn(process.execPath, [join(import.meta.dirname, 'services', 'express-prom-bundle.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = await once(createInterface(service.stdout!), 'line')
    url = `http://127.0.0.1:${port}`
    for (let i = 0; i < 10; i++) await fetch(`${url}/orders`)
    await exported('--source', `${url}/metrics`, '--out', out)
    lab = await startLab(['--no-shop', `--scrape=orders=127.0.0.1:${port}`, `--rules=${join(out, 'rules')}`])
  })
  afterAll(async () => {
    service.kill()
    await lab.stop()
  })

  const checked = (...args: string[]) =>
    runVerb(checkVerb, ['--prometheus', lab.url, '--loki', lab.url, '--tempo', lab.url, ...args])

  test('every panel and rule is asked, and those about metrics have data', { timeout: 120_000 }, async () => {
    const order = setInterval(() => void fetch(`${url}/orders`).catch(() => {}), 50)
    await untilMeasured(lab, 'slo:errors:rate{slo="orders-availability"} > 0')
    await untilMeasured(lab, 'count_over_time(up{job="orders"}[1m]) > 5')
    const { printed } = await checked('--dir', out, '--json')
    clearInterval(order)
    const results: { dashboard: string; panel: string; outcome: string }[] = JSON.parse(printed)
    const outcomes = (dashboard: string, panel = '') =>
      results.filter(each => each.dashboard === dashboard && each.panel.startsWith(panel))
    const red = outcomes('orders-red')
    expect(red.filter(({ outcome }) => outcome !== 'data')).toEqual([])
    expect(red.length).toBeGreaterThan(5)
    const rules = ['rules/slo-orders-availability.yaml', 'rules/slo-orders-latency.yaml']
    for (const file of rules)
      expect(outcomes(file, 'slo:errors:rate{').map(({ outcome }) => outcome)).toEqual(['data'])
    // The service sends neither lines nor traces.
    expect(outcomes('orders-investigate').some(({ outcome }) => outcome === 'empty')).toBe(true)
    expect(results.filter(({ dashboard }) => dashboard.startsWith('rules/slo-')).length).toBeGreaterThan(20)
    for (const file of rules) expect(outcomes(file, 'SloSignalBroken')[0]?.outcome).toBe('quiet')
  })

  test('a folder made for another job has nothing to show', async () => {
    const other = join(folder, 'other')
    await exported('--service', 'payments', '--source', `${url}/metrics`, '--out', other)
    const { code, printed } = await checked('--dir', other)
    expect(code).toBe(1)
    expect(printed).toMatch(/empty +payments-red: Requests\n/)
  })

  test.each([
    ['nowhere', /expected a folder, got/],
    [import.meta.dirname, /expected dashboards or rules, got none/],
  ])('%s is refused in a line', async (dir, message) => {
    const { code, printed } = await checked('--dir', dir)
    expect(printed).toMatch(message)
    expect(code).toBe(1)
  })
})

/** By how much each sample of a page rose. */
function growthOf(before: string, after: string): ReadonlyMap<string, number> {
  const first = new Map(samplesOf(before))
  return new Map(samplesOf(after).map(([series, value]) => [series, value - (first.get(series) ?? 0)]))
}

function grown(page: string, growth: ReadonlyMap<string, number>, times: number): string {
  return samplesOf(page)
    .map(([series, value]) => `${series} ${value + times * (growth.get(series) ?? 0)}\n`)
    .join('')
}

function samplesOf(page: string): [series: string, value: number][] {
  return page
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    })
}
