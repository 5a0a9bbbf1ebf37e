import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { detect } from './detect.ts'
import { serviceOf } from './project.ts'
import { readJob, readSource, sourceOf } from './source.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
  server = undefined
})

async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>(resolve => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

test.each<[name: string, listener: RequestListener, message: RegExp]>([
  [
    'a page of HTML',
    (_, response) => response.end('<!doctype html><title>Sign in</title>'),
    /expected a service's metrics, got a page of HTML$/,
  ],
  ['a password', (_, response) => response.writeHead(401).end(), /got status 401: it asks for a password$/],
  [
    'a redirect, which may lead anywhere',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /got status 302$/,
  ],
  ['rubbish', (_, response) => response.end('up{job="a 1\n'), /got .*line 1/s],
  [
    'a page without end',
    (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('# '.repeat(500_000)));
      }
      response.on('drain', more)
      more()
    },
    /expected at most \d+ bytes, got more$/,
  ],
  [
    'an answer that is cut off',
    (_, response) => response.write('up 1\n') && response.destroy(),
    /expected a service's metrics, got /,
  ],
])('%s is refused in a line', async (_name, listener, message) => {
  await expect(readSource(await answering(listener))).rejects.toThrow(message)
})

test('an address where nothing listens is refused in a line', async () => {
  const url = await answering(() => {})
  await new Promise(resolve => server!.close(resolve))
  await expect(readSource(url)).rejects.toThrow(
    `Cannot read ${url}: expected a service's metrics, got ECONNREFUSED`,
  )
})

const histogram = (name: string, labels: string) =>
  [
    `${name}_bucket{${labels},le="0.1"} 1`,
    `${name}_bucket{${labels},le="+Inf"} 1`,
    `${name}_count{${labels}} 1`,
  ].join('\n')

test.each([
  [
    'two histograms of requests',
    [
      histogram('http_request_duration_seconds', 'code="200"'),
      histogram('http_requests_seconds', 'status="200"'),
    ],
    /got http_request_duration_seconds, http_requests_seconds$/,
  ],
  [
    'milliseconds',
    [histogram('http_request_duration_milliseconds', 'code="200"')],
    /in seconds, got http_request_duration_milliseconds$/,
  ],
  [
    'statuses in words',
    [histogram('http_request_duration_seconds', 'status="success"')],
    /expected statuses such as 200 or 5xx in http_request_duration_seconds status, got success$/,
  ],
  [
    'outgoing requests alone',
    [histogram('http_client_request_duration_seconds', 'code="200"')],
    /got http_client_request_duration_seconds\{code\}/,
  ],
  ['no histogram', ['requests_total{code="200"} 5'], /got nothing of the kind/],
])('%s: refused, for it could be read wrongly', (_name, pages, message) => {
  expect(() => detect(sourceOf(`${pages.join('\n')}\n`), 'http://a/metrics')).toThrow(message)
})

test.each<
  [exporter: string, name: string, labels: string, theirs: [status: string, method: string, route: string]]
>([
  [
    "OpenTelemetry's conventions",
    'http_server_request_duration_seconds',
    'http_request_method="GET",http_response_status_code="200",http_route="/orders",url_scheme="http"',
    ['http_response_status_code', 'http_request_method', 'http_route'],
  ],
  [
    "OpenTelemetry's exporter for JavaScript",
    'http_server_request_duration',
    'http_request_method="GET",http_response_status_code="200",http_route="/orders"',
    ['http_response_status_code', 'http_request_method', 'http_route'],
  ],
  [
    'express-prom-bundle',
    'http_request_duration_seconds',
    'status_code="200",method="GET",path="/orders"',
    ['status_code', 'method', 'path'],
  ],
  [
    'fastify-metrics',
    'http_request_duration_seconds',
    'method="GET",route="/orders",status_code="200"',
    ['status_code', 'method', 'route'],
  ],
  [
    'Micrometer in Spring Boot',
    'http_server_requests_seconds',
    'error="none",exception="none",method="GET",outcome="SUCCESS",status="200",uri="/orders"',
    ['status', 'method', 'uri'],
  ],
  [
    'promhttp in Go',
    'http_request_duration_seconds',
    'code="200",handler="/orders",method="get"',
    ['code', 'method', 'handler'],
  ],
  [
    'prometheus-fastapi-instrumentator',
    'http_request_duration_seconds',
    'handler="/orders",method="GET",status="2xx"',
    ['status', 'method', 'handler'],
  ],
  [
    'starlette_exporter',
    'starlette_request_duration_seconds',
    'app_name="shop",method="GET",path="/orders",status_code="200"',
    ['status_code', 'method', 'path'],
  ],
  [
    'prometheus-flask-exporter',
    'flask_http_request_duration_seconds',
    'method="GET",path="/orders",status="200"',
    ['status', 'method', 'path'],
  ],
])('%s is recognised', (_exporter, name, labels, theirs) => {
  const { signals } = detect(sourceOf(`${histogram(name, labels)}\n`), 'http://a')
  const ours = ['http_response_status_code', 'http_request_method', 'http_route']
  const entry = signals.http_server_request_duration_seconds as {
    name: string
    labels?: Record<string, string>
  }
  expect(entry.name).toBe(name)
  expect(ours.map(label => entry.labels?.[label] ?? label)).toEqual(theirs)
})

test.each([
  ['shop/checkout', 'shop-checkout'],
  ['Shop/orders.v2', 'shop-orders-v2'],
  ['_private_', 'private'],
  ['a-namespace/with-a-very-long-name', 'a-namespace-with-a-very-lo'],
])('a job %s is the service %s', (job, service) => {
  expect(serviceOf(job)).toBe(service)
})

test.each<[name: string, listener: RequestListener, message: RegExp]>([
  ['HTML', (_, response) => response.end('<html>'), /got a page of HTML$/],
  ['rubbish', (_, response) => response.end('{"data":'), /got something else than JSON$/],
  ['no series', (_, response) => response.end('{"data":[5]}'), /got an answer without series$/],
  [
    'no job of that name',
    ({ url }, response) => response.end(url!.startsWith('/api/v1/series') ? '{"data":[]}' : '{"data":["b"]}'),
    /expected series of a job that it scrapes, got none; its jobs are b$/,
  ],
])('a Prometheus that answers with %s is refused in a line', async (_name, listener, message) => {
  await expect(readJob(new URL(await answering(listener)).origin, 'a')).rejects.toThrow(message)
})

test('labels and metrics that the service does not have are found to be absent', () => {
  const { signals } = detect(
    sourceOf(`${histogram('http_request_duration_seconds', 'status_code="200"')}\n`),
    'http://a',
  )
  expect(signals.http_server_request_duration_seconds).toEqual({
    name: 'http_request_duration_seconds',
    labels: expect.objectContaining({ http_response_status_code: 'status_code', http_route: 'absent' }),
    buckets: [0.1],
  })
  expect(signals.process_open_fds).toBe('absent')
})
