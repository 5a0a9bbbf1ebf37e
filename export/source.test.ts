import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { detect } from './detect.ts'
import { readSource, sourceOf } from './source.ts'

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

test('a label that the service does not have is said to be absent', () => {
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
