/** What the page asks of the lab itself, under /lab/api/: dashboards, faults, and how the lab is doing. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { faults } from '../app/faults/catalogue.ts'
import { running, start, stop } from '../app/faults/client.ts'
import type { Fault } from '../app/faults/fault.ts'
import { UserError } from '../contract/user-error.ts'
import { dashboardList, dashboardText, revisionOf } from './dashboards.ts'
import { HttpError, pathOf, type Route, readJson, sendJson } from './http.ts'

interface OwnApiOptions {
  dashboardsFolder: string
  /** Whether there is a shop to break. */
  hasShop: boolean
  status: () => Promise<object>
}

/** Shown on the page. */
const limits =
  'Prometheus, Loki, Tempo and Alertmanager are played by this one process. It has no native or exponential histograms, no summaries or delta temporality over OTLP, and of receivers only webhooks.'

export function ownApi(options: OwnApiOptions): Route {
  return {
    matches: path => path.startsWith('/lab/api/'),
    handle: (request, response) => answer(options, request, response),
  }
}

async function answer(
  { dashboardsFolder, hasShop, status }: OwnApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request).slice('/lab/api'.length)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const is = (wanted: string, pattern: string) => method === wanted && path === pattern
  if (is('GET', '/status')) return sendJson(response, 200, { ...(await status()), limits })
  if (is('GET', '/dashboards')) return sendJson(response, 200, dashboardList(dashboardsFolder))
  if (is('GET', '/dashboards-revision'))
    return sendJson(response, 200, { revision: revisionOf(dashboardsFolder) })
  const uid = /^\/dashboards\/([\w.-]+)$/.exec(path)?.[1]
  if (method === 'GET' && uid !== undefined) {
    const text = dashboardText(dashboardsFolder, uid)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(text)
    return
  }
  if (path === '/faults' || path.startsWith('/faults/')) {
    if (!hasShop) throw new HttpError(409, 'Cannot speak of faults: the lab runs without a shop (--no-shop)')
    return answerFaults(path, method, request, response)
  }
  throw new HttpError(404, `Cannot find ${method} ${path.slice(0, 200)} of the lab's own API`)
}

async function answerFaults(
  path: string,
  method: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (path === '/faults' && method === 'GET')
    return sendJson(response, 200, { faults, processes: await running() })
  if (path === '/faults' && method === 'DELETE')
    return sendJson(response, 200, { stopped: await asked(stop()) })
  const id = path.slice('/faults/'.length)
  const fault = faults.find(fault => fault.id === id)
  if (fault === undefined)
    throw new HttpError(
      404,
      `Cannot find the fault "${id.slice(0, 60)}": expected one of ${faults.map(({ id }) => id).join(', ')}`,
    )
  if (method === 'DELETE') return sendJson(response, 200, { stopped: await asked(stop(fault)) })
  if (method !== 'POST') throw new HttpError(405, `Cannot ${method} a fault: expected POST or DELETE`)
  const { target, ...options } = readOptions(await readJson(request), fault)
  return sendJson(response, 200, await asked(start(fault, target, options)))
}

function readOptions(body: unknown, fault: Fault) {
  const given = (body ?? {}) as { target?: unknown; intensity?: unknown; duration?: unknown }
  if (typeof given !== 'object' || Array.isArray(given))
    throw new HttpError(400, 'Cannot start a fault: expected an object such as {"intensity": 0.2}')
  const targets = Object.keys(fault.targets)
  const target = given.target ?? targets[0]
  if (typeof target !== 'string' || !targets.includes(target))
    throw new HttpError(
      400,
      `Cannot start ${fault.id}: expected a target of ${targets.join(', ')}, got ${JSON.stringify(given.target)}`,
    )
  return {
    target,
    ...numberOf(given, 'intensity', fault),
    ...numberOf(given, 'duration', fault),
  }
}

function numberOf<N extends string>(given: { [name in N]?: unknown }, name: N, fault: Fault) {
  const value = given[name]
  if (value === undefined) return {}
  if (typeof value === 'number') return { [name]: value } as { [name in N]: number }
  throw new HttpError(400, `Cannot start ${fault.id}: expected ${name} to be a number`)
}

/** What the shop refuses is the fault of who asked. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof UserError) throw new HttpError(400, error.message)
    throw error
  }
}
