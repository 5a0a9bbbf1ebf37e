/** A service's own registry, of prom-client and of its successor alike, on the page of the kit. */

import * as successor from '@prometheus-io/client'
import * as promClient from 'prom-client'
import { expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_STDOUT = 'off'
})

import { parseExposition } from './exposition.ts'
import { log } from './logs.ts'
import { exposeRegistry, exposition, gauge } from './metrics.ts'
import { runtime } from './signals.ts'

const clients = {
  'prom-client': promClient,
  '@prometheus-io/client': successor as unknown as typeof promClient,
}

/** Every kind of metric, as a service has them; where the registry is set to OpenMetrics it carries exemplars. */
function registryOf({ Registry, Counter, Gauge, Histogram, Summary }: typeof promClient) {
  const registry = new Registry()
  registry.setDefaultLabels({ region: 'north' })
  const registers = [registry]
  const orders = new Counter({ name: 'own_orders_total', help: 'Orders', labelNames: ['kind'], registers })
  orders.inc({ kind: 'a "quoted" one' }, 3)
  new Counter({ name: 'own_visits', help: 'A counter of an older name', registers }).inc(7)
  new Gauge({ name: 'own_level', help: 'Level', registers }).set(Number.POSITIVE_INFINITY)
  const lag = new Histogram({ name: 'own_lag_seconds', help: 'Lag', buckets: [0.1, 1], registers })
  lag.observe(0.5)
  new Summary({ name: 'own_size_bytes', help: 'Size', percentiles: [0.5], registers }).observe(10)
  return registry
}

for (const [name, client] of Object.entries(clients)) {
  test(`what ${name} has stands on the page in both formats`, async () => {
    const stop = exposeRegistry(registryOf(client))
    const [text, openMetrics] = [await exposition('text'), await exposition('openmetrics')]
    stop()
    for (const line of [
      'own_orders_total{kind="a \\"quoted\\" one",region="north"} 3',
      'own_level{region="north"} +Inf',
      'own_lag_seconds_bucket{le="0.1",region="north"} 0',
      'own_lag_seconds_bucket{le="+Inf",region="north"} 1',
      'own_lag_seconds_sum{region="north"} 0.5',
      'own_size_bytes{quantile="0.5",region="north"} 10',
      'own_size_bytes_count{region="north"} 1',
    ]) {
      expect(text.split('\n')).toContain(line)
      expect(openMetrics.split('\n')).toContain(line)
    }
    expect(text).toContain('\n# TYPE own_visits counter\nown_visits{region="north"} 7\n')
    expect(openMetrics).toContain('\n# TYPE own_visits counter\nown_visits_total{region="north"} 7\n')
    expect(await exposition('text')).not.toContain('own_')
  })

  test(`exemplars of ${name} are shown in OpenMetrics`, async () => {
    const registry = new client.Registry()
    registry.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE as never)
    const lag = new client.Histogram({
      name: 'own_lag_seconds',
      help: 'Lag',
      buckets: [0.1, 1],
      enableExemplars: true,
      registers: [registry] as never,
    })
    lag.observe({ value: 0.5, exemplarLabels: { trace_id: 'a'.repeat(32) } } as never)
    const stop = exposeRegistry(registry)
    const openMetrics = parseExposition(await exposition('openmetrics'))
    const text = await exposition('text')
    stop()
    const bucket = openMetrics.get('own_lag_seconds')!.samples.find(({ labels }) => labels.le === '1')!
    expect(bucket).toMatchObject({ value: 1, exemplar: { trace_id: 'a'.repeat(32) } })
    expect(text).not.toContain('trace_id')
  })

  test(`a name that the kit and ${name} both have stands there once, as the kit has it, and is said once`, async () => {
    const warn = vi.spyOn(log, 'warn').mockClear()
    gauge(runtime.openFiles).set({}, 5)
    const registry = new client.Registry()
    new client.Gauge({ name: 'process_open_fds', help: 'theirs', registers: [registry] }).set(99)
    const stop = exposeRegistry(registry)
    for (let scrape = 0; scrape < 2; scrape++)
      expect((await exposition('text')).match(/^process_open_fds .*$/gm)).toEqual(['process_open_fds 5'])
    stop()
    expect(warn.mock.calls.length).toBeLessThanOrEqual(1)
  })
}

test('a registry that cannot be read leaves the others on the page', async () => {
  const warn = vi.spyOn(log, 'warn').mockClear()
  const stop = exposeRegistry({ getMetricsAsJSON: () => Promise.reject(new Error('gone')) })
  expect(await exposition('text')).toContain('process_open_fds 5')
  stop()
  expect(warn.mock.calls).toEqual([[expect.anything(), 'Cannot read a registry']])
})
