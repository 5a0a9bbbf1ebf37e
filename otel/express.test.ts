import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { httpServerTelemetry } from './express.ts'
import { type KeptSpans, keepSpans } from './testing/in-process-telemetry.ts'

let server: Server
let spans: KeptSpans

beforeAll(async () => {
  spans = keepSpans()
  const app = express()
  app.use(httpServerTelemetry)
  const end: express.RequestHandler = ({ baseUrl }, response) => void response.json({ baseUrl })
  const items = express.Router({ mergeParams: true })
  items.get('/', end)
  items.get('/:item', end)
  const users = express.Router({ mergeParams: true })
  users.use('/items', items)
  users.use('/v:version', items)
  app.use('/users/:user', users)
  app.use('/:tenant/of/:user', users)
  app.use('/files/*path', express.Router().get('/', end))
  app.use(/^\/by-expression\/(\d+)/, items)
  app.get(['/one', '/two'], end)
  const inner = express()
  inner.use(httpServerTelemetry)
  inner.get('/report', end)
  app.use('/admin', inner)
  server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

test.each([
  ['/users/17/items/3', '/users/:user/items/:item'],
  ['/users/17/items', '/users/:user/items'],
  ['/users/users/items/items', '/users/:user/items/:item'],
  ['/users/a%20b/items/3', '/users/:user/items/:item'],
  ['/users/17/v2/3', '/users/:user/:version/:item'],
  ['/acme/of/acme/items/3', '/:tenant/of/:user/items/:item'],
  ['/files/a/b/c', '/files/:path'],
  ['/by-expression/17/3', '/by-expression/:0/:item'],
  ['/two', '/one,/two'],
  ['/admin/report', '/admin/report'],
  ['/admin/nothing', 'unmatched'],
])('%s is the route %s, whatever its parameters', async (path, route) => {
  spans.clear()
  const { port } = server.address() as AddressInfo
  await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  await expect.poll(() => spans.all().map(({ name }) => name)).toEqual([`GET ${route}`])
})

test('a router mounted by an expression without groups has a bounded number of routes', async () => {
  const app = express()
  app.use(httpServerTelemetry)
  app.use(
    /^\/\d+/,
    express.Router().get('/', (_request, response) => void response.end()),
  )
  const numbered = createServer(app)
  await new Promise<void>(resolve => numbered.listen(0, '127.0.0.1', resolve))
  const { port } = numbered.address() as AddressInfo
  spans.clear()
  for (let path = 0; path < 1100; path++) await (await fetch(`http://127.0.0.1:${port}/${path}`)).text()
  await expect.poll(() => spans.all().length).toBe(1100)
  expect(new Set(spans.all().map(({ name }) => name)).size).toBeLessThanOrEqual(1001)
  expect(spans.all().at(-1)!.name).toBe('GET /*')
  numbered.closeAllConnections()
  numbered.close()
})
