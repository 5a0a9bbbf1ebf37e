/** Groups alerts, waits, repeats and holds back as Alertmanager does by its configuration, and posts to webhooks. */
import { createHash } from 'node:crypto'
import type { SentAlert } from '../metrics/rules.ts'
import { type AlertConfig, type AlertRoute, routesOf, type Webhook } from './config.ts'
import { createSilences, type SavedSilence, type Silences } from './silences.ts'

export interface HeldAlert extends SentAlert {
  fingerprint: string
  updatedAt: number
}

interface Group {
  route: AlertRoute
  labels: Record<string, string>
  key: string
  members: Map<string, HeldAlert>
  nextAt: number
  /** Fingerprints that the last notification told of as firing. */
  told: Set<string>
  toldAt: number
  isSending: boolean
}

export interface Notifier {
  silences: Silences
  take(alerts: readonly SentAlert[]): void
  alerts(): HeldAlert[]
  groups(): readonly Group[]
  /** Fingerprints of the alerts that hold this one back. */
  inhibitedBy(alert: HeldAlert): string[]
  counts(): { notifications: number; failed: number }
  /** Who was told of what, for the next run. */
  save(): SavedNotifier
  stop(): void
}

interface NotifierOptions {
  saved?: SavedNotifier | undefined
  onPosted?: (seconds: number) => void
}

export interface SavedNotifier {
  silences: SavedSilence[]
  held: HeldAlert[]
  groups: {
    /** Of its route in the configuration, and of its labels. */
    key: string
    routeId: string
    labels: Record<string, string>
    members: string[]
    nextAt: number
    told: string[]
    toldAt: number
  }[]
}

const tickMs = 200
const retryMs = 1000
const postTimeout = 5000

/** `onPosted` is told how many seconds a notification took to be delivered. */
export function createNotifier(
  config: AlertConfig,
  externalUrl: string,
  { saved, onPosted = () => {} }: NotifierOptions = {},
): Notifier {
  const held = new Map(saved?.held.map(alert => [alert.fingerprint, alert]))
  const groups = new Map<string, Group>()
  const silences = createSilences(saved?.silences)
  const counts = { notifications: 0, failed: 0 }

  function groupOf(route: AlertRoute, alert: HeldAlert, now: number): Group {
    const labels = Object.fromEntries(
      route.groupBy.flatMap(name => (alert.labels[name] === undefined ? [] : [[name, alert.labels[name]]])),
    )
    const key = `${routeIds.get(route)}:${JSON.stringify(labels)}`
    const known = groups.get(key)
    if (known !== undefined) return known
    const group: Group = {
      ...{ route, labels, key, members: new Map(), told: new Set<string>() },
      ...{ nextAt: now + route.groupWait, toldAt: 0, isSending: false },
    }
    groups.set(key, group)
    return group
  }

  const routeIds = new Map<AlertRoute, string>()
  const number = (route: AlertRoute, id: string) => {
    routeIds.set(route, id)
    for (const [index, child] of route.routes.entries()) number(child, `${id}/${index}`)
  }
  number(config.route, '{}')
  restoreGroups(saved?.groups ?? [])

  /** A group whose route is not there any more is not gone on with. */
  function restoreGroups(known: SavedNotifier['groups']): void {
    const routes = new Map([...routeIds].map(([route, id]) => [id, route]))
    for (const { key, routeId, labels, members, nextAt, told, toldAt } of known) {
      const route = routes.get(routeId)
      const alerts = members.flatMap(fingerprint => held.get(fingerprint) ?? [])
      if (route === undefined || alerts.length === 0) continue
      groups.set(key, {
        ...{ route, labels, key, nextAt, toldAt, isSending: false },
        members: new Map(alerts.map(alert => [alert.fingerprint, alert])),
        told: new Set(told),
      })
    }
  }

  const firing = (alert: HeldAlert) => alert.endsAt === undefined

  function inhibitedBy(alert: HeldAlert): string[] {
    const { labels } = alert
    return config.inhibitions
      .filter(({ target }) => target(labels))
      .flatMap(({ source, target, equal }) =>
        [...held.values()].filter(
          other =>
            other.fingerprint !== alert.fingerprint &&
            firing(other) &&
            source(other.labels) &&
            // Two that are both source and target of a rule do not hold each other back.
            !(target(other.labels) && source(labels)) &&
            equal.every(name => (other.labels[name] ?? '') === (labels[name] ?? '')),
        ),
      )
      .map(({ fingerprint }) => fingerprint)
  }

  async function flush(group: Group, now: number): Promise<void> {
    const open = [...group.members.values()].filter(
      alert => inhibitedBy(alert).length === 0 && silences.of(alert.labels, now).length === 0,
    )
    const burning = open.filter(firing)
    const ended = open.filter(alert => !firing(alert) && group.told.has(alert.fingerprint))
    const isNew = burning.some(({ fingerprint }) => !group.told.has(fingerprint))
    const isRepeat = burning.length > 0 && now - group.toldAt >= group.route.repeatInterval
    if (isNew || ended.length > 0 || isRepeat) {
      const webhooks = config.receivers.get(group.route.receiver) ?? []
      const sent = await Promise.all(webhooks.map(webhook => post(webhook, group, burning, ended)))
      if (sent.includes(false)) {
        group.nextAt = Date.now() + retryMs
        return
      }
      group.told = new Set(burning.map(({ fingerprint }) => fingerprint))
      group.toldAt = now
    }
    for (const [fingerprint, alert] of group.members)
      if (!firing(alert) && !group.told.has(fingerprint)) group.members.delete(fingerprint)
    if (group.members.size === 0) groups.delete(group.key)
    group.nextAt = now + group.route.groupInterval
  }

  async function post(
    webhook: Webhook,
    group: Group,
    burning: readonly HeldAlert[],
    ended: readonly HeldAlert[],
  ): Promise<boolean> {
    const alerts = webhook.sendResolved ? [...burning, ...ended] : burning
    if (alerts.length === 0) return true
    counts.notifications++
    const startedAt = performance.now()
    try {
      const answer = await fetch(webhook.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(notification(group, alerts, externalUrl)),
        signal: AbortSignal.timeout(postTimeout),
      })
      await answer.body?.cancel()
      onPosted((performance.now() - startedAt) / 1000)
      if (answer.ok) return true
    } catch {}
    counts.failed++
    return false
  }

  const timer = setInterval(() => {
    const now = Date.now()
    for (const [fingerprint, { endsAt }] of held)
      if (endsAt !== undefined && now - endsAt > keptAfterEnd) held.delete(fingerprint)
    for (const group of groups.values()) {
      if (group.isSending || group.nextAt > now) continue
      group.isSending = true
      void flush(group, now).finally(() => {
        group.isSending = false
      })
    }
  }, tickMs)

  return {
    silences,
    take(alerts) {
      const now = Date.now()
      for (const alert of alerts) {
        const fingerprint = fingerprintOf(alert.labels)
        const before = held.get(fingerprint)
        // What ended before it was ever known here is news to nobody.
        if (before === undefined && alert.endsAt !== undefined) continue
        const known = Object.assign(before ?? { fingerprint, updatedAt: now }, alert, { updatedAt: now })
        held.set(fingerprint, known)
        if (firing(known))
          for (const route of routesOf(config.route, alert.labels))
            groupOf(route, known, now).members.set(fingerprint, known)
      }
    },
    alerts: () => [...held.values()].filter(firing),
    groups: () => [...groups.values()],
    inhibitedBy,
    counts: () => ({ ...counts }),
    save: () => ({
      silences: silences.save(),
      held: [...held.values()],
      groups: [...groups.values()].map(({ route, labels, key, members, nextAt, told, toldAt }) => ({
        ...{ key, routeId: routeIds.get(route)!, labels, nextAt, toldAt },
        members: [...members.keys()],
        told: [...told],
      })),
    }),
    stop: () => clearInterval(timer),
  }
}

const keptAfterEnd = 15 * 60_000

function notification(group: Group, alerts: readonly HeldAlert[], externalUrl: string): object {
  const isFiring = alerts.some(({ endsAt }) => endsAt === undefined)
  return {
    version: '4',
    groupKey: group.key,
    truncatedAlerts: 0,
    status: isFiring ? 'firing' : 'resolved',
    receiver: group.route.receiver,
    groupLabels: group.labels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    alerts: alerts.map(({ labels, annotations, startsAt, endsAt, generatorUrl, fingerprint }) => ({
      status: endsAt === undefined ? 'firing' : 'resolved',
      labels,
      annotations,
      startsAt: new Date(startsAt).toISOString(),
      endsAt: endsAt === undefined ? '0001-01-01T00:00:00Z' : new Date(endsAt).toISOString(),
      generatorURL: generatorUrl,
      fingerprint,
    })),
  }
}

function common(all: readonly Record<string, string>[]): Record<string, string> {
  const [first = {}, ...others] = all
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every(other => other[name] === value)),
  )
}

function fingerprintOf(labels: Record<string, string>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16)
}
