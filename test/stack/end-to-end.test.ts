/** The real servers on the generated configurations: every signal arrives, leads to the next, and in `ok:long` survives a crash. */

import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchdog } from '../../alerts/routing/alertmanager.ts'
import type { Server } from '../../compose/targets.ts'
import { practice } from '../../contract/windows.ts'
import { eventually } from '../support/eventually.ts'
import { titled } from '../support/programs.ts'
import { missingServers, type RunningStack, startStack } from '../support/running-stack.ts'

const rate = 5
const slow = 90_000
/** Shorter, so that a test that gives up says what it waited for. */
const patience = 80_000
const crashable: readonly Server[] =
  process.env.SIGHTLINE_LONG === '1' ? ['collector', 'tempo', 'loki', 'alertmanager', 'prometheus'] : []

const lacks = (...servers: Server[]) => {
  const reasons = servers.flatMap(server => missingServers[server] ?? [])
  return reasons.length === 0 ? undefined : reasons.join('; ')
}

describe.skipIf(lacks('prometheus'))(titled('the stack on this machine', lacks('prometheus')), () => {
  let stack: RunningStack
  beforeAll(async () => {
    stack = await startStack(practice, rate)
  }, 300_000)
  afterAll(() => stack?.stop())

  test('every target is scraped', { timeout: slow }, async () => {
    const servers = (['prometheus', 'alertmanager', 'loki', 'tempo', 'collector'] as const).filter(stack.has)
    await eventually(async () => {
      const up = await stack.query('up == 1')
      const jobs = up.map(sample => sample.metric.job)
      expect(jobs).toEqual(expect.arrayContaining(['shop', 'payments', 'worker', 'load', ...servers]))
    }, patience)
  })

  test('every rule evaluates, and objectives are recorded', { timeout: slow }, async () => {
    await eventually(async () => {
      const answer = await stack.ask('prometheus', '/api/v1/rules')
      const { groups } = (answer as { data: { groups: RuleGroup[] } }).data
      const rules = groups.flatMap(group => group.rules)
      expect(rules.length).toBeGreaterThan(20)
      expect(rules.filter(rule => rule.health !== 'ok')).toEqual([])
      expect((await stack.query('slo:requests:rate > 0')).length).toBeGreaterThan(0)
    }, patience)
  })

  test.skipIf(lacks('collector', 'tempo'))(
    titled('an exemplar leads to its trace', lacks('collector', 'tempo')),
    { timeout: slow },
    async () => {
      await eventually(async () => {
        const id = await exemplarOf('http_server_request_duration_seconds_bucket{job="shop"}')
        expect(await servicesIn(id)).toContain('shop')
      }, patience)
    },
  )

  test.skipIf(lacks('collector', 'tempo', 'loki'))(
    titled(
      'a trace leads to its logs, and a log line back to its trace',
      lacks('collector', 'tempo', 'loki'),
    ),
    { timeout: slow },
    async () => {
      await eventually(async () => {
        const id = await exemplarOf('http_server_request_duration_seconds_bucket{job="shop"}')
        const [stream] = await logs(`{service_name="shop"} | trace_id = "${id}"`)
        expect(stream?.stream).toMatchObject({ service_name: 'shop', trace_id: id })
        expect(await servicesIn(stream!.stream.trace_id!)).toContain('shop')
      }, patience)
    },
  )

  test.skipIf(lacks('loki', 'collector'))(
    titled('logs have few labels', lacks('loki', 'collector')),
    { timeout: slow },
    async () => {
      await eventually(async () => {
        const answer = await stack.ask('loki', '/loki/api/v1/labels')
        expect((answer as { data: string[] }).data.toSorted()).toEqual([
          'deployment_environment_name',
          'service_name',
        ])
      }, patience)
    },
  )

  test.skipIf(lacks('collector', 'tempo'))(
    titled('spans become metrics and a service graph with exemplars', lacks('collector', 'tempo')),
    { timeout: slow },
    async () => {
      await eventually(async () => {
        const edges = await stack.query('traces_service_graph_request_total{client="shop",server="payments"}')
        expect(edges.length).toBeGreaterThan(0)
        const id = await exemplarOf('traces_spanmetrics_latency_bucket{service="shop"}')
        expect(await servicesIn(id)).toContain('shop')
      }, patience)
    },
  )

  test.skipIf(lacks('alertmanager'))(
    titled('notifications arrive', lacks('alertmanager')),
    { timeout: slow },
    async () => {
      await eventually(async () => {
        const names = (await stack.notifications()).map(notification => notification.alertname)
        expect(names).toContain(watchdog)
      }, patience)
    },
  )

  test.skipIf(lacks('alertmanager', 'loki', 'collector'))(
    titled('notifications are kept as logs', lacks('alertmanager', 'loki', 'collector')),
    { timeout: slow },
    async () => {
      await eventually(async () => {
        expect(await logs(`{service_name="notifications"} | alertname = "${watchdog}"`)).not.toEqual([])
      }, patience)
    },
  )

  for (const server of crashable)
    test.skipIf(lacks(server))(
      titled(`telemetry recovers from a crash of ${server}`, lacks(server)),
      { timeout: 2 * slow },
      async () => {
        await stack.kill(server)
        await wait(3_000)
        await stack.start(server)
        const since = Date.now()
        await eventually(() => expectFresh(server, since), patience)
      },
    )

  test('no visitor noticed any of it', { timeout: slow }, async () => {
    const { journeys, dropped } = await stack.endLoad()
    expect(dropped).toBe(0)
    const all = Object.values(journeys)
    expect(all.reduce((sum, journey) => sum + journey.requests, 0)).toBeGreaterThan(100)
    expect(all.filter(journey => journey.errors > 0)).toEqual([])
  })

  /** Something that happened after the restart has passed through the server. */
  async function expectFresh(server: Server, since: number): Promise<void> {
    const seconds = since / 1000
    if (server === 'prometheus' || server === 'alertmanager')
      expect((await stack.query(`up{job="${server}"} == 1 and timestamp(up) > ${seconds}`)).length).toBe(1)
    if (server === 'prometheus')
      expect((await stack.query(`timestamp(slo:requests:rate) > ${seconds}`)).length).toBeGreaterThan(0)
    if (server === 'alertmanager') {
      const arrived = await stack.notifications()
      expect(arrived.filter(({ time }) => Date.parse(time) > since)).not.toEqual([])
    }
    if ((server === 'loki' || server === 'collector') && !lacks('loki', 'collector'))
      expect(await logs('{service_name="shop"}', since)).not.toEqual([])
    if ((server === 'tempo' || server === 'collector') && !lacks('tempo', 'collector')) {
      const answer = await stack.ask('tempo', '/api/search', {
        q: '{ resource.service.name = "shop" }',
        start: String(Math.floor(seconds)),
        end: String(Math.floor(Date.now() / 1000) + 1),
      })
      const { traces } = answer as { traces: { startTimeUnixNano: string }[] }
      expect(traces.filter(trace => Number(trace.startTimeUnixNano) / 1e6 > since)).not.toEqual([])
    }
  }

  async function exemplarOf(query: string): Promise<string> {
    const now = Date.now() / 1000
    const answer = await stack.ask('prometheus', '/api/v1/query_exemplars', {
      query,
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
    const answer = await stack.ask('tempo', `/api/v2/traces/${traceId}`)
    const { trace } = answer as { trace: { resourceSpans: ResourceSpans[] } }
    return trace.resourceSpans.flatMap(({ resource }) =>
      resource.attributes
        .filter(attribute => attribute.key === 'service.name')
        .map(attribute => attribute.value.stringValue ?? ''),
    )
  }

  async function logs(query: string, since = Date.now() - 300_000): Promise<LogStream[]> {
    const answer = await stack.ask('loki', '/loki/api/v1/query_range', {
      query,
      start: String(since * 1e6),
      limit: '10',
    })
    return (answer as { data: { result: LogStream[] } }).data.result
  }
})

interface RuleGroup {
  rules: { name: string; health: string; lastError?: string }[]
}

interface ResourceSpans {
  resource: { attributes: { key: string; value: { stringValue?: string } }[] }
}

interface LogStream {
  stream: Record<string, string>
  values: [string, string][]
}
