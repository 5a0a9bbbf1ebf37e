import { request } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { refusal, startAdmin } from './admin.ts'
import { log, setLogLevel } from './logs.ts'

let admin: { port: number; close: () => Promise<void> }
let ready: () => boolean | Promise<boolean> = () => true

beforeAll(async () => {
  admin = await startAdmin({
    host: '127.0.0.1',
    port: 0,
    ready: () => ready(),
    handlers: [
      {
        method: 'POST',
        path: '/things/:id',
        handle: ({ params, query, body }) => ({ id: params.id, colour: query.get('colour'), body }),
      },
      {
        method: 'DELETE',
        path: '/things/:id',
        handle: ({ params }) => {
          throw refusal(409, `${params.id} is in use`)
        },
      },
      {
        method: 'GET',
        path: '/broken',
        handle: () => {
          throw new Error('password=hunter2')
        },
      },
    ],
  })
})

afterAll(() => admin.close())

async function call(method: string, path: string, body?: string) {
  const answer = await fetch(`http://127.0.0.1:${admin.port}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const json = async (method: string, path: string, body?: string) => {
  const { status, text } = await call(method, path, body)
  return [status, JSON.parse(text)]
}

test('negotiates the format of the metrics', async () => {
  const get = (accept: string) => fetch(`http://127.0.0.1:${admin.port}/metrics`, { headers: { accept } })
  const openMetrics = await get('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5')
  expect(openMetrics.headers.get('content-type')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  )
  expect(await openMetrics.text()).toMatch(/# EOF\n$/)
  const text = await get('*/*')
  expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await text.text()).not.toContain('# EOF')
})

test('is alive at once, and ready when the service says so', async () => {
  expect(await json('GET', '/health/live')).toEqual([200, { status: 'live' }])
  expect(await json('GET', '/health/ready')).toEqual([200, { status: 'ready' }])
  ready = () => false
  expect((await call('GET', '/health/ready')).status).toBe(503)
  ready = async () => {
    throw new Error('the database is away')
  }
  expect(await json('GET', '/health/ready')).toEqual([
    503,
    { error: 'unavailable', message: 'Not ready: the database is away' },
  ])
})

test('reads and changes the log level of the running service', async () => {
  setLogLevel('info')
  expect(await json('PUT', '/log-level', '{"level":"debug"}')).toEqual([200, { level: 'debug' }])
  expect(log.isLevelEnabled('debug')).toBe(true)
  expect(await json('GET', '/log-level')).toEqual([200, { level: 'debug' }])
  setLogLevel('silent')
})

test('passes parameters, query and body to the handlers of the service', async () => {
  expect(await json('POST', '/things/a%20b?colour=red', '{"n":1}')).toEqual([
    200,
    { id: 'a b', colour: 'red', body: { n: 1 } },
  ])
})

test.each([
  ['GET', '/nothing', undefined, 404],
  ['GET', '/../../etc/passwd', undefined, 404],
  ['PATCH', '/log-level', undefined, 405],
  ['PUT', '/log-level', '{"level":"loud"}', 400],
  ['PUT', '/log-level', '{"level":7}', 400],
  ['PUT', '/log-level', undefined, 400],
  ['PUT', '/log-level', '{"level"', 400],
  ['POST', '/things/%zz', '{}', 400],
  ['POST', '/things/1', `"${'x'.repeat(70_000)}"`, 413],
  ['DELETE', '/things/1', undefined, 409],
])('%s %s with %s is refused with %i and a reason', async (method, path, body, status) => {
  const [actual, answer] = await json(method, path, body)
  expect(actual).toBe(status)
  expect(answer).toEqual({ error: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/\S/) })
})

test('a path that is no URL is refused too', async () => {
  const status = await new Promise(resolve => {
    request({ port: admin.port, path: '//', host: '127.0.0.1' }, answer => {
      answer.resume()
      resolve(answer.statusCode)
    }).end()
  })
  expect(status).toBe(400)
})

test('a fault of the service itself says nothing of its cause', async () => {
  expect(await json('GET', '/broken')).toEqual([500, { error: 'internal_error', message: 'Internal error' }])
})

test('says which port is taken', async () => {
  await expect(startAdmin({ host: '127.0.0.1', port: admin.port, ready: () => true })).rejects.toThrow(
    `Cannot start the admin server: expected port ${admin.port} of 127.0.0.1 to be free, got EADDRINUSE`,
  )
})
