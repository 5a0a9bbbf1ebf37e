/** The service without a framework. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { failRequest, setRoute } from '../../http.ts'
import { rejecting, slow, streams, thing, throwing } from './behaviour.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, param: string) => unknown

const routes: [method: string, route: string, answer: Answer][] = [
  ['GET', '/things/:id', (_request, response, id) => reply(response, 200, thing(id))],
  ['', '/things/:id', (_request, response) => reply(response, 405, {})],
  ['POST', '/things', readThenAnswer],
  ['GET', '/shops/:shop/items/:item', (_request, response, item) => reply(response, 200, thing(item))],
  ['GET', '/shops/:shop/thrown', throwing],
  ['GET', '/thrown', throwing],
  ['GET', '/rejected', rejecting],
  ['GET', '/unavailable', (_request, response) => reply(response, 503, {})],
  ['GET', '/named/:name', nameByPath],
  ['GET', '/slow', async (_request, response) => reply(response, 200, await slow())],
  ...Object.entries(streams).map(([name, stream]): [string, string, Answer] => [
    'GET',
    `/${name}`,
    (_request, response) => pipeline(stream(), response, () => {}),
  ]),
]

const compiled = routes.map(([method, route, answer]) => ({
  method,
  route,
  answer,
  pattern: new RegExp(`^${route.replaceAll(/:\w+/g, '([^/]+)')}$`),
}))

export async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*/, '')
  if (path === '/uncaught') throwing()
  const wanted = request.method === 'HEAD' ? 'GET' : request.method
  const found = compiled.find(
    ({ method, pattern }) => (method === '' || method === wanted) && pattern.test(path),
  )
  if (found === undefined) return reply(response, 404, {})
  setRoute(request, found.route)
  try {
    await found.answer(request, response, found.pattern.exec(path)?.at(-1) ?? '')
  } catch (error) {
    failRequest(request, error)
    reply(response, 500, {})
  }
}

/** The mistake a service may make: a route for each path. */
function nameByPath(request: IncomingMessage, response: ServerResponse): void {
  setRoute(request, request.url ?? '')
  reply(response, 200, {})
}

/** By events, as code without promises does it. */
function readThenAnswer(request: IncomingMessage, response: ServerResponse): void {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text
  })
  request.on('end', () => reply(response, 200, thing(JSON.parse(body).id)))
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
