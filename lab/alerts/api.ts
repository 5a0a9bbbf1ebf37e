/** Alertmanager's HTTP API, version 2. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError, parametersOf, pathOf, type Route, readJson, sendJson } from '../http.ts'
import { type AlertConfig, matchesAll, routesOf } from './config.ts'
import type { HeldAlert, Notifier } from './notifier.ts'

const paths = /^\/api\/v2\/(alerts|alerts\/groups|silences|silence\/[^/]+|status|receivers)$/

export const isAlertsPath = (path: string): boolean => paths.test(path)

export function alertsApi(notifier: Notifier, config: AlertConfig): Route {
  const startedAt = Date.now()
  return {
    matches: isAlertsPath,
    async handle(request, response) {
      const path = pathOf(request).slice('/api/v2/'.length)
      const method = request.method === 'HEAD' ? 'GET' : request.method
      if (path.startsWith('silence/'))
        return oneSilence(notifier, path.slice('silence/'.length), request, response)
      if (path === 'silences' && method === 'POST')
        return sendJson(response, 200, { silenceID: notifier.silences.add(await readJson(request)) })
      if (method !== 'GET')
        throw new HttpError(405, `Cannot ${method} ${path}: alerts come from the rules of the lab alone`)
      sendJson(response, 200, answerOf(path, parametersOf(request)))
    },
  }

  function answerOf(path: string, parameters: URLSearchParams): unknown {
    if (path === 'alerts') return alertsJson(parameters)
    if (path === 'alerts/groups')
      return notifier.groups().map(({ labels, route, members }) => ({
        labels,
        receiver: { name: route.receiver },
        alerts: [...members.values()].filter(({ endsAt }) => endsAt === undefined).map(alertJson),
      }))
    if (path === 'silences') return notifier.silences.json()
    if (path === 'receivers') return [...config.receivers.keys()].map(name => ({ name }))
    return {
      cluster: { status: 'disabled', peers: [] },
      versionInfo: {
        version: 'sightline',
        revision: '',
        branch: '',
        buildUser: '',
        buildDate: '',
        goVersion: '',
      },
      config: { original: '' },
      uptime: new Date(startedAt).toISOString(),
    }
  }

  function alertsJson(parameters: URLSearchParams): object[] {
    let matches: ReturnType<typeof matchesAll>
    try {
      matches = matchesAll(parameters.getAll('filter'))
    } catch (error) {
      throw new HttpError(400, (error as Error).message)
    }
    const wants = (name: string) => parameters.get(name) !== 'false'
    return notifier
      .alerts()
      .filter(({ labels }) => matches(labels))
      .map(alertJson)
      .filter(({ status: { silencedBy, inhibitedBy } }) => {
        if (silencedBy.length > 0 && !wants('silenced')) return false
        if (inhibitedBy.length > 0 && !wants('inhibited')) return false
        return silencedBy.length + inhibitedBy.length > 0 || wants('active')
      })
  }

  function alertJson(alert: HeldAlert) {
    const { labels, annotations, startsAt, updatedAt, generatorUrl, fingerprint } = alert
    const silencedBy = notifier.silences.of(labels, Date.now())
    const inhibitedBy = notifier.inhibitedBy(alert)
    const state = silencedBy.length + inhibitedBy.length > 0 ? 'suppressed' : 'active'
    return {
      ...{ labels, annotations, fingerprint, generatorURL: generatorUrl },
      receivers: routesOf(config.route, labels).map(({ receiver }) => ({ name: receiver })),
      startsAt: new Date(startsAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
      // As Prometheus sends it: an alert that nobody renews ends.
      endsAt: new Date(updatedAt + 4 * 60_000).toISOString(),
      status: { state, silencedBy, inhibitedBy, mutedBy: [] },
    }
  }
}

function oneSilence(
  notifier: Notifier,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const missing = new HttpError(404, `Cannot find the silence ${id.slice(0, 64)}`)
  if (request.method === 'DELETE') {
    if (!notifier.silences.expire(id)) throw missing
    sendJson(response, 200, {})
    return
  }
  const found = notifier.silences.json().find(silence => (silence as { id: string }).id === id)
  if (found === undefined) throw missing
  sendJson(response, 200, found)
}
