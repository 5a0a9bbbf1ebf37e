/** What Alertmanager posts to a webhook, read with care: anybody on this machine can post here, as much as he likes. */

export interface Notification {
  time: string
  receiver: string
  status: 'firing' | 'resolved'
  alertname: string
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string | undefined
}

export class BadRequest extends Error {}

/** Alerts of one notification, entries of their labels and of their annotations, and characters of each value. */
const mostAlerts = 2_500
const mostEntries = 64
const longestText = 1_000
const mostBrackets = 20_000

/** One entry per alert of the group. */
export function readNotifications(body: string, now = new Date()): Notification[] {
  // A body of nothing but brackets would take thirty times its size in memory.
  if (countOf(body, /[[{]/g) > mostBrackets)
    throw new BadRequest('Cannot read the notification: expected fewer lists and objects')
  let payload: { receiver?: unknown; alerts?: unknown }
  try {
    payload = JSON.parse(body)
  } catch {
    throw new BadRequest('Cannot read the notification: expected JSON')
  }
  if (typeof payload?.receiver !== 'string' || !Array.isArray(payload.alerts))
    throw new BadRequest("Cannot read the notification: expected Alertmanager's receiver and alerts")
  const { receiver, alerts } = payload
  if (alerts.length > mostAlerts)
    throw new BadRequest(
      `Cannot read the notification: expected at most ${mostAlerts} alerts, got ${alerts.length}`,
    )
  return alerts.map((alert: unknown) => {
    if (typeof alert !== 'object' || alert === null)
      throw new BadRequest("Cannot read the notification: expected Alertmanager's receiver and alerts")
    return readAlert(alert, short(receiver), now)
  })
}

interface SentAlert {
  status?: unknown
  labels?: unknown
  annotations?: unknown
  startsAt?: unknown
  endsAt?: unknown
}

function readAlert(alert: SentAlert, receiver: string, now: Date): Notification {
  const labels = texts(alert.labels)
  const isResolved = alert.status === 'resolved'
  return {
    time: now.toISOString(),
    receiver,
    status: isResolved ? 'resolved' : 'firing',
    alertname: labels.alertname ?? '',
    labels,
    annotations: texts(alert.annotations),
    startsAt: short(alert.startsAt),
    endsAt: isResolved ? short(alert.endsAt) : undefined,
  }
}

function texts(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null) return {}
  const entries = Object.entries(given).slice(0, mostEntries)
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === 'string' ? [[short(name), short(value)]] : [])),
  )
}

function countOf(text: string, pattern: RegExp): number {
  let count = 0
  while (pattern.test(text)) count++
  return count
}

/** A copy, since a part of a string keeps all of it in memory. */
function short(value: unknown): string {
  if (typeof value !== 'string') return ''
  return Buffer.from(value.length <= longestText ? value : `${value.slice(0, longestText)}…`).toString()
}

/** The latest notifications, oldest first, as many as fit. */
interface Kept {
  add: (notification: Notification) => void
  /** Each as it was written when it came. Walks what is there at each step, so a slow reader keeps nothing alive. */
  json: () => Generator<string>
  newestFirst: () => Generator<Notification>
}

export function keepLatest({ most, bytes }: { most: number; bytes: number }): Kept {
  const kept: string[] = []
  let size = 0
  let dropped = 0
  return {
    add: notification => {
      const json = JSON.stringify(notification)
      kept.push(json)
      size += json.length
      while (kept.length > most || size > bytes) {
        size -= kept.shift()!.length
        dropped++
      }
    },
    *json() {
      for (let next = dropped; next < dropped + kept.length; next++) {
        next = Math.max(next, dropped)
        yield kept[next - dropped]!
      }
    },
    *newestFirst() {
      for (const json of kept.toReversed()) yield JSON.parse(json) as Notification
    },
  }
}

/** What an alert is known by: its labels. */
export function identity({ labels }: Pick<Notification, 'labels'>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
