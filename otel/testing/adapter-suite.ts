/** What every adapter promises, tested against its service in a process of its own: the same signals out of each. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseExposition, type Sample } from '../exposition.ts'
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts'
import { type KitService, runKitService } from './run-kit-service.ts'

export const adapters = ['fastify', 'express', 'express-4', 'koa', 'hono', 'node-http', 'stock'] as const

/** Request, its span's name, status and error type. */
const answers: readonly [method: string, path: string, span: string, status: number, error?: string][] = [
  ['GET', '/things/17', 'GET /things/:id', 200],
  ['GET', '/things/a%2Fb?token=x', 'GET /things/:id', 200],
  ['HEAD', '/things/17', 'HEAD /things/:id', 200],
  ['GET', '/shops/shops/items/9', 'GET /shops/:shop/items/:item', 200],
  ['PUT', '/things/17', 'PUT /things/:id', 405],
  ['GET', '/no/such/path', 'GET unmatched', 404],
  ['GET', '/shops/3/nothing', 'GET unmatched', 404],
  ['PROPFIND', '/no/such/path', 'HTTP unmatched', 404],
  ['GET', '/unavailable', 'GET /unavailable', 503, '503'],
  ['GET', '/thrown', 'GET /thrown', 500, 'ENOSPC'],
  ['GET', '/rejected', 'GET /rejected', 500, 'TypeError'],
  ['GET', '/shops/3/thrown', 'GET /shops/:shop/thrown', 500, 'ENOSPC'],
  ['GET', '/stream', 'GET /stream', 200],
]

export function describeAdapter(adapter: (typeof adapters)[number]): void {
  describe(adapter, () => {
    let receiver: OtlpReceiver
    let service: KitService
    let traces = 0

    beforeAll(async () => {
      receiver = await startOtlpReceiver()
      service = await startService()
    })
    afterAll(async () => {
      service.child.kill('SIGKILL')
      await receiver.stop()
    })

    const startService = (env: Record<string, string> = {}) =>
      runKitService(
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
          NODE_ENV: 'test',
          TELEMETRY_BATCH_DELAY_MS: '50',
          ...env,
          ...(adapter === 'stock' ? { TELEMETRY_HTTP_SERVER: 'stock' } : {}),
        },
        { service: `./services/${adapter}.ts` },
      )

    /** The stock instrumentation adds addresses, sizes and versions. */
    const ours = ({ attributes }: ReceivedSpan) =>
      adapter !== 'stock'
        ? attributes
        : Object.fromEntries(Object.entries(attributes).filter(([name]) => ownAttributes.has(name)))

    const newTrace = () => String(++traces).padStart(32, 'a')
    const traceparent = (traceId: string) => `00-${traceId}-b7ad6b7169203331-01`
    const head = (path: string, traceId: string) =>
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\ntraceparent: ${traceparent(traceId)}\r\n\r\n`

    async function ask(path: string, init: RequestInit = {}): Promise<{ traceId: string; body: string }> {
      const traceId = newTrace()
      const headers = { ...init.headers, traceparent: traceparent(traceId) }
      const answer = await fetch(service.url + path, { ...init, headers })
      return { traceId, body: await answer.text() }
    }

    /** The one span of a trace, and the lines with its ids. */
    async function signalsOf(traceId: string, lines: number) {
      await receiver.waitFor(
        `the span and ${lines} lines of ${traceId}`,
        ({ spans, logs }) =>
          spans.some(span => span.traceId === traceId) &&
          logs.filter(line => line.traceId === traceId).length >= lines,
      )
      const spans = receiver.spans.filter(span => span.traceId === traceId)
      expect(spans).toHaveLength(1)
      const logs = receiver.logs.filter(line => line.traceId === traceId)
      expect(logs.map(line => line.spanId)).toEqual(Array.from({ length: lines }, () => spans[0]!.spanId))
      return { span: spans[0]!, logs }
    }

    async function series(
      name: string,
      labels: Record<string, string>,
      of: KitService = service,
    ): Promise<Sample[]> {
      const answer = await fetch(`${of.adminUrl}/metrics`, {
        headers: { accept: 'application/openmetrics-text' },
      })
      return (parseExposition(await answer.text()).get(name)?.samples ?? []).filter(sample =>
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      )
    }

    const observations = async (labels: Record<string, string>) =>
      (await series('http_server_request_duration_seconds', labels))
        .filter(sample => sample.name.endsWith('_count'))
        .reduce((sum, sample) => sum + sample.value, 0)

    const activeRequests = async (of?: KitService) =>
      (await series('http_server_active_requests', {}, of)).reduce((sum, sample) => sum + sample.value, 0)

    test.each(answers)('%s %s is "%s", %i', async (method, path, name, status, error) => {
      const [spanMethod = '', route = ''] = name.split(' ')
      const label = spanMethod === 'HTTP' ? '_OTHER' : spanMethod
      const labels = {
        http_request_method: label,
        http_route: route,
        http_response_status_code: String(status),
      }
      const before = await observations(labels)
      const { traceId } = await ask(path, { method })
      const isThing = status === 200 && route !== '/stream'
      const { span, logs } = await signalsOf(traceId, isThing ? 2 : 1)
      expect({ ...withoutTimes(span), attributes: ours(span) }).toEqual({
        name,
        kind: 'server',
        parentSpanId: 'b7ad6b7169203331',
        status: error === undefined ? 'unset' : 'error',
        attributes: {
          'http.request.method': label,
          'http.route': route,
          'http.response.status_code': status,
          'url.path': path.replace(/\?.*/, ''),
          'url.scheme': 'http',
          ...(error === undefined ? {} : { 'error.type': error }),
        },
        exceptions: error === undefined || error === '503' ? [] : [expect.stringMatching(/disk|field/)],
      })
      if (isThing) expect(logs[0]).toMatchObject({ body: 'inside the handler', severity: 'info' })
      expect(logs.at(-1)).toMatchObject({
        body: expect.stringContaining(`${label} ${route} ${status} `),
        severity: error === undefined ? 'info' : 'error',
        attributes: { method: label, route, status, ...(error === undefined ? {} : { error_type: error }) },
      })
      expect(await observations(labels)).toBe(before + 1)
    })

    test('a handler that waited for its body is still in its own trace, however many run at once', async () => {
      const sent = await Promise.all(
        Array.from({ length: 20 }, (_, id) =>
          ask('/things', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ id }),
          }),
        ),
      )
      for (const [id, { traceId, body }] of sent.entries()) {
        expect(JSON.parse(body)).toEqual({ id })
        const { logs } = await signalsOf(traceId, 2)
        expect(logs[0]).toMatchObject({ body: 'inside the handler', attributes: { id } })
      }
    })

    test('a stream lasts to its last byte, and its exemplar is its trace', async () => {
      const { traceId } = await ask('/stream')
      const { span } = await signalsOf(traceId, 1)
      expect(span.durationMs).toBeGreaterThan(180)
      const exemplars = (
        await series('http_server_request_duration_seconds', { http_route: '/stream' })
      ).flatMap(({ exemplar }) => exemplar?.trace_id ?? [])
      expect(exemplars).toContain(traceId)
    })

    test.each(['destroy', 'resetAndDestroy'] as const)('a client that goes away (%s) is a 499', async how => {
      const traceId = newTrace()
      const socket = await request('/endless', traceId)
      await once(socket, 'data')
      expect(await activeRequests()).toBe(1)
      socket[how]()
      const { span, logs } = await signalsOf(traceId, 1)
      expect(span).toMatchObject({ status: 'unset', attributes: { 'http.response.status_code': 499 } })
      expect(logs[0]).toMatchObject({ severity: 'info', attributes: { route: '/endless', status: 499 } })
      expect(await activeRequests()).toBe(0)
    })

    test('a stream that breaks after its head is a failure of the service, not of the client', async () => {
      const traceId = newTrace()
      const socket = await request('/torn', traceId)
      await once(socket.resume(), 'close')
      const { span } = await signalsOf(traceId, 1)
      expect(span).toMatchObject({
        status: 'error',
        attributes: { 'http.route': '/torn', 'http.response.status_code': 500, 'error.type': 'ETORN' },
      })
    })

    test('requests of one connection, one after the other and pipelined, have a trace each', async () => {
      const ids = Array.from({ length: 4 }, newTrace)
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
      socket.write(head('/things/first', ids[0]!))
      await once(socket, 'data')
      socket.write(
        ids
          .slice(1)
          .map((id, index) => head(index === 0 ? '/slow' : `/things/${index}`, id))
          .join(''),
      )
      const routes = []
      for (const traceId of ids) {
        const isSlow = traceId === ids[1]
        routes.push((await signalsOf(traceId, isSlow ? 1 : 2)).span.name)
      }
      socket.destroy()
      expect(routes).toEqual(['GET /things/:id', 'GET /slow', 'GET /things/:id', 'GET /things/:id'])
    })

    test('answers that wait behind another when their client goes away are 499s', async () => {
      const [first, waiting] = [newTrace(), newTrace()]
      const socket = await request('/endless', first)
      await once(socket, 'data')
      socket.write(head('/things/waiting', waiting))
      await receiver.waitFor('its line from inside the handler', ({ logs }) =>
        logs.some(({ traceId }) => traceId === waiting),
      )
      socket.destroy()
      for (const [traceId, lines] of [[first, 1] as const, [waiting, 2] as const]) {
        const { span } = await signalsOf(traceId, lines)
        expect(span).toMatchObject({ status: 'unset', attributes: { 'http.response.status_code': 499 } })
      }
    })

    test('what operators ask of the admin port is no request of the service', async () => {
      await fetch(`${service.adminUrl}/health/live`)
      const { traceId } = await ask('/things/last')
      await signalsOf(traceId, 2)
      expect(
        receiver.spans.filter(span => String(span.attributes['url.path']).startsWith('/health')),
      ).toEqual([])
    })

    test('asked to end under load, it answers what has begun and hands over every span and line', async () => {
      const own = await startService({ SLOW_MS: '3000' })
      const sent = Array.from({ length: 50 }, async () => {
        const traceId = newTrace()
        const answer = await fetch(`${own.url}/slow`, { headers: { traceparent: traceparent(traceId) } })
        await answer.text()
        return { traceId, status: answer.status }
      })
      await expect.poll(() => activeRequests(own), { timeout: 20_000 }).toBe(50)
      own.child.kill('SIGTERM')
      const answered = await Promise.all(sent)
      expect(await own.ended).toBe(0)
      expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([200]))
      for (const { traceId } of answered) await signalsOf(traceId, 1)
    })

    async function request(path: string, traceId: string): Promise<Socket> {
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(head(path, traceId))
      return socket
    }
  })
}

const ownAttributes = new Set([
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'url.path',
  'url.scheme',
  'error.type',
])

function withoutTimes({ name, kind, parentSpanId, status, events }: ReceivedSpan) {
  const exceptions = events.map(event => event.attributes['exception.message'])
  return { name, kind, parentSpanId, status, exceptions }
}
