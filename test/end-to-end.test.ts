/**
 * Every signal of the shop arrives, leads to the next, and tells somebody: in the lab, and in `ok:long` on the real
 * servers too, which also survive crashes there.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchdog } from '../alerts/routing/alertmanager.ts'
import type { Server } from '../compose/targets.ts'
import { load } from '../contract/shop-signals.ts'
import { eventually } from './support/eventually.ts'
import { backends, type CrashableServers, type Monitoring } from './support/monitoring.ts'
import { titled } from './support/programs.ts'

const isLong = process.env.SIGHTLINE_LONG === '1'
const rate = 5
const slow = 90_000
/** Shorter, so that a test that gives up says what it waited for. */
const patience = 80_000
const crashable = ['collector', 'tempo', 'loki', 'alertmanager', 'prometheus'] as const
const requests = 'http_server_request_duration_seconds_bucket{job="shop"}'

describe.each(backends)('$name', ({ name, start, jobs, lacks }) => {
  describe.skipIf(lacks('prometheus'))(titled('end to end', lacks('prometheus')), () => {
    let watched: Monitoring & Partial<CrashableServers>
    beforeAll(async () => {
      watched = await start(rate)
    }, 300_000)
    afterAll(() => watched?.stop())

    /** A check that needs these servers, in the time it takes them. */
    const check = (title: string, servers: Server[], run: () => Promise<void>, ms = patience) =>
      test.skipIf(lacks(...servers))(titled(title, lacks(...servers)), { timeout: ms + 10_000 }, () =>
        eventually(run, ms),
      )

    check('every target is scraped', [], async () => {
      const up = await query('up == 1')
      expect(up.map(({ metric }) => metric.job)).toEqual(
        expect.arrayContaining(['shop', 'payments', 'worker', 'load', ...jobs]),
      )
    })

    check('every rule evaluates, and objectives are recorded', [], async () => {
      const { data } = (await watched.ask('prometheus', '/api/v1/rules')) as { data: { groups: Group[] } }
      const rules = data.groups.flatMap(group => group.rules)
      expect(rules.length).toBeGreaterThan(20)
      expect(rules.filter(rule => rule.health !== 'ok')).toEqual([])
      expect(await query('slo:requests:rate > 0')).not.toEqual([])
    })

    check(
      'an exemplar leads to its trace, that to its logs, and a log line back',
      ['collector', 'tempo', 'loki'],
      async () => {
        const id = await exemplarOf(requests)
        expect(await servicesIn(id)).toContain('shop')
        const [stream] = await logs(`{service_name="shop"} | trace_id = "${id}"`)
        expect(stream?.stream).toMatchObject({ service_name: 'shop', trace_id: id })
        expect(await servicesIn(stream!.stream.trace_id!)).toContain('shop')
      },
    )

    check('logs have few labels', ['loki', 'collector'], async () => {
      const { data } = (await watched.ask('loki', '/loki/api/v1/labels')) as { data: string[] }
      expect(data.toSorted()).toEqual(['deployment_environment_name', 'service_name'])
    })

    check('spans become metrics and a service graph with exemplars', ['collector', 'tempo'], async () => {
      expect(await query('traces_service_graph_request_total{client="shop",server="payments"}')).not.toEqual(
        [],
      )
      const id = await exemplarOf('traces_spanmetrics_latency_bucket{service="shop"}')
      expect(await servicesIn(id)).toContain('shop')
    })

    check('notifications arrive', ['alertmanager'], async () => {
      expect((await watched.notifications()).map(({ alertname }) => alertname)).toContain(watchdog)
    })

    check('notifications are kept as logs', ['alertmanager', 'loki', 'collector'], async () => {
      expect(await logs(`{service_name="notifications"} | alertname = "${watchdog}"`)).not.toEqual([])
    })

    test('no visitor noticed any of it', { timeout: slow }, async () => {
      const count = async (series: string) => Number((await query(`sum(${series})`))[0]?.value[1])
      await eventually(async () => {
        const served = await count(`${load.duration.name}_count{outcome="ok"}`)
        expect(served).toBeGreaterThan(isLong ? 100 : 20)
      }, patience)
      expect(await query(`${load.duration.name}_count{outcome="error"} > 0`)).toEqual([])
      expect(await count(load.dropped.name)).toBe(0)
    })

    // What the short form leaves out is not skipped: the long form is the same list and more.
    if (isLong) {
      test('a shop that gets a core when it wants one has headroom, however busy others keep the machine', async () => {
        const isTold = process.platform === 'linux'
        expect(await query('process_cpu_wait_seconds_total{job="shop"}')).toHaveLength(isTold ? 1 : 0)
        const fired = 'last_over_time(ALERTS{alertname="CpuHeadroomLow",alertstate="firing"}[10m])'
        expect(await query(fired)).toEqual([])
      })

      test.skipIf(lacks('alertmanager'))(
        titled('a fault becomes a page that holds back its ticket, and both end', lacks('alertmanager')),
        { timeout: 900_000 },
        async () => {
          await setFault({ intensity: 0.9, duration: 400 })
          await eventually(async () => expect(await told('page')).toContain('firing'), 180_000)
          const ticket = await eventually(async () => {
            const found = (await alerts()).find(({ labels }) => labels.severity === 'ticket')
            expect(found?.status).toMatchObject({ state: 'suppressed' })
            return found!
          }, 180_000)
          expect(ticket.status.inhibitedBy).not.toEqual([])
          expect(await told('ticket')).toEqual([])
          await setFault(undefined)
          await eventually(async () => {
            expect(await told('page')).toContain('resolved')
            expect(
              await query(`ALERTS{alertstate="firing",severity="page",slo="shop-availability"}`),
            ).toEqual([])
          }, 480_000)
        },
      )

      for (const server of name === 'the lab' ? [] : crashable)
        test.skipIf(lacks(server))(
          titled(`telemetry recovers from a crash of ${server}`, lacks(server)),
          { timeout: 2 * slow },
          async () => {
            await watched.kill!(server)
            await wait(3_000)
            await watched.start!(server)
            const since = Date.now()
            await eventually(() => expectFresh(server, since), patience)
          },
        )
    }

    async function setFault(fault: object | undefined): Promise<void> {
      const answer = await fetch(`${watched.shopAdminUrl}/faults/error-ratio`, {
        method: fault === undefined ? 'DELETE' : 'POST',
        headers: { 'content-type': 'application/json' },
        ...(fault === undefined ? {} : { body: JSON.stringify(fault) }),
      })
      expect(answer.status).toBe(200)
    }

    /** Whether somebody was told of the availability's alerts of a severity, and of their end. */
    async function told(severity: string): Promise<string[]> {
      return (await watched.notifications())
        .filter(({ labels }) => labels.slo === 'shop-availability' && labels.severity === severity)
        .map(({ status }) => status)
    }

    async function alerts(): Promise<Alert[]> {
      const all = (await watched.ask('alertmanager', '/api/v2/alerts')) as Alert[]
      return all.filter(({ labels }) => labels.slo === 'shop-availability')
    }

    /** Something that happened after the restart has passed through the server. */
    async function expectFresh(server: Server, since: number): Promise<void> {
      const seconds = since / 1000
      if (server === 'prometheus' || server === 'alertmanager')
        expect(await query(`up{job="${server}"} == 1 and timestamp(up) > ${seconds}`)).toHaveLength(1)
      if (server === 'prometheus')
        expect(await query(`timestamp(slo:requests:rate) > ${seconds}`)).not.toEqual([])
      if (server === 'alertmanager') {
        const arrived = await watched.notifications()
        expect(arrived.filter(({ time }) => Date.parse(time) > since)).not.toEqual([])
      }
      if ((server === 'loki' || server === 'collector') && !lacks('loki', 'collector'))
        expect(await logs('{service_name="shop"}', since)).not.toEqual([])
      if ((server === 'tempo' || server === 'collector') && !lacks('tempo', 'collector')) {
        const answer = await watched.ask('tempo', '/api/search', {
          q: '{ resource.service.name = "shop" }',
          start: String(Math.floor(seconds)),
          end: String(Math.floor(Date.now() / 1000) + 1),
        })
        const { traces } = answer as { traces: { startTimeUnixNano: string }[] }
        expect(traces.filter(trace => Number(trace.startTimeUnixNano) / 1e6 > since)).not.toEqual([])
      }
    }

    async function query(expression: string): Promise<Sample[]> {
      const answer = await watched.ask('prometheus', '/api/v1/query', { query: expression })
      return (answer as { data: { result: Sample[] } }).data.result
    }

    async function exemplarOf(selector: string): Promise<string> {
      const now = Date.now() / 1000
      const answer = await watched.ask('prometheus', '/api/v1/query_exemplars', {
        query: selector,
        start: String(now - 300),
        // The newest may not have passed the collector's sampling yet.
        end: String(now - 6),
      })
      const series = (answer as { data: { exemplars: { labels: Record<string, string> }[] }[] }).data
      const id = series.at(-1)?.exemplars.at(-1)?.labels.trace_id
      expect(id).toMatch(/^[0-9a-f]{32}$/)
      return id!
    }

    async function servicesIn(traceId: string): Promise<string[]> {
      const answer = await watched.ask('tempo', `/api/v2/traces/${traceId}`)
      const { trace } = answer as { trace: { resourceSpans: ResourceSpans[] } }
      return trace.resourceSpans.flatMap(({ resource }) =>
        resource.attributes
          .filter(attribute => attribute.key === 'service.name')
          .map(attribute => attribute.value.stringValue ?? ''),
      )
    }

    async function logs(selector: string, since = Date.now() - 300_000): Promise<LogStream[]> {
      const answer = await watched.ask('loki', '/loki/api/v1/query_range', {
        query: selector,
        start: String(since * 1e6),
        limit: '10',
      })
      return (answer as { data: { result: LogStream[] } }).data.result
    }
  })
})

interface Sample {
  metric: Record<string, string>
  value: [number, string]
}

interface Group {
  rules: { name: string; health: string; lastError?: string }[]
}

interface Alert {
  labels: Record<string, string>
  status: { state: string; inhibitedBy: string[] }
}

interface ResourceSpans {
  resource: { attributes: { key: string; value: { stringValue?: string } }[] }
}

interface LogStream {
  stream: Record<string, string>
  values: [string, string][]
}
