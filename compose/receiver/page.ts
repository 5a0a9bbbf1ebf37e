/** The page of notifications: what fires now, what is held back, and what came, newest first. */
import { usualAddresses } from '../../contract/links.ts'
import type { HeldBack } from './held-back.ts'
import { type Html, html, link, page } from './html.ts'
import { identity, type Notification } from './notifications.ts'
import { runbookNames } from './runbooks.ts'

interface Shown {
  newestFirst: Iterable<Notification>
  /** Undefined when no Alertmanager can be asked; an error when it was asked in vain. */
  heldBack: readonly HeldBack[] | Error | undefined
  grafanaUrl: string
  now: Date
}

/** Alerts and rows beyond these are counted. */
const mostFiring = 50
const mostRows = 200
/** Longer than the watchdog's slowest repetition with room for a lost one, in seconds. */
const longestSilence = 180
const secondsShown = 10

export function notificationsPage({ newestFirst, heldBack, grafanaUrl, now }: Shown): string {
  const all = [...newestFirst]
  const heartbeats = all.filter(isHeartbeat)
  const others = all.filter(notification => !isHeartbeat(notification))
  const firing = stillFiring(others)
  const pages = firing.filter(({ labels }) => labels.severity === 'page')
  const tickets = firing.filter(({ labels }) => labels.severity !== 'page')
  const shown = [...pages, ...tickets].slice(0, mostFiring)
  const body = html`
<h1>Notifications</h1>
${heartbeatLine(heartbeats, now)}
<h2>Firing now: ${count(pages.length, 'page')}, ${count(tickets.length, 'ticket')}</h2>
${shown.map(notification => card(notification, grafanaUrl, now))}
${more(firing.length - shown.length)}
${firing.length === 0 ? html`<p class="quiet">Nothing fires. Break something: <code>npm run fault -- start payments-down</code></p>` : ''}
${heldBackSection(heldBack, grafanaUrl, now)}
<h2>Everything that came, newest first</h2>
${others.length === 0 ? html`<p class="quiet">Nothing yet.</p>` : html`<table>${others.slice(0, mostRows).map(each => row(each, now))}</table>`}
${more(others.length - mostRows)}
<p class="quiet">Also as <a href="/notifications.json">JSON</a>. This page loads itself anew every ${secondsShown} seconds.</p>`
  return page(pages.length > 0 ? `(${pages.length}) Notifications` : 'Notifications', body, secondsShown)
}

/** The watchdog, which fires always so that its silence is noticed. */
function isHeartbeat({ receiver, alertname }: Notification): boolean {
  return receiver === 'dead-mans-switch' || alertname === 'Watchdog'
}

/** Of each alert the latest word, where that is not that it has ended. */
function stillFiring(newestFirst: readonly Notification[]): Notification[] {
  const latest = new Map<string, Notification>()
  for (const notification of newestFirst) {
    const key = identity(notification)
    if (!latest.has(key)) latest.set(key, notification)
  }
  return [...latest.values()].filter(({ status }) => status === 'firing')
}

function heartbeatLine(heartbeats: readonly Notification[], now: Date): Html {
  const [latest] = heartbeats
  if (latest === undefined)
    return html`<p class="quiet">No word from the watchdog yet; it comes within a minute of the start of Alertmanager.</p>`
  const silent = (now.getTime() - Date.parse(latest.time)) / 1_000 > longestSilence
  const summary = silent
    ? html`<span class="bad">Alerting is silent: the watchdog was last heard ${ago(latest.time, now)}</span>`
    : html`Alerting works: the watchdog was heard ${ago(latest.time, now)}`
  return html`<details><summary>${summary}</summary>
<p class="quiet">${link('/runbooks/Watchdog', 'Watchdog')} fires always, and has come ${count(heartbeats.length, 'time')}. When it stops, no other alert will arrive either.</p></details>`
}

function heldBackSection(heldBack: Shown['heldBack'], grafanaUrl: string, now: Date): Html | undefined {
  if (heldBack === undefined) return undefined
  if (heldBack instanceof Error)
    return html`<h2>Held back: unknown</h2><p class="bad">Cannot ask Alertmanager: ${heldBack.message}</p>`
  if (heldBack.length === 0) return undefined
  const cards = heldBack.slice(0, mostFiring).map(
    alert => html`<article class="held">
<h3><span class="kind">held back</span>${summaryOf(alert)}</h3>
<p class="quiet">${alert.by.length > 0 ? `${alert.labels.alertname}, inhibited by ${alert.by.join(', ')}` : `${alert.labels.alertname}, silenced`}; fires for ${lasting(alert.startsAt, now)}</p>
${linksOf(alert, grafanaUrl)}
</article>`,
  )
  return html`<h2>Firing, but held back: ${heldBack.length}</h2>
<p class="quiet">Alertmanager sends no notification of these while something worse is known, or while somebody has silenced them.</p>
${cards}${more(heldBack.length - mostFiring)}`
}

function card(notification: Notification, grafanaUrl: string, now: Date): Html {
  const kind = kindOf(notification)
  const { labels, annotations, startsAt } = notification
  const owner = labels.owner === undefined ? '' : `, owner ${labels.owner}`
  return html`<article class="${kind}">
<h3><span class="kind">${kind}</span>${summaryOf(notification)}</h3>
<p>${annotations.description}</p>
<p class="quiet">${labels.alertname}${labels.burn_tier === undefined ? '' : ` (${labels.burn_tier})`}, service ${labels.service ?? 'unknown'}${owner}; fires for ${lasting(startsAt, now)}</p>
${linksOf(notification, grafanaUrl)}
</article>`
}

function row(notification: Notification, now: Date): Html {
  const kind = notification.status === 'resolved' ? 'resolved' : kindOf(notification)
  return html`<tr class="${kind}"><td><time datetime="${notification.time}" title="${notification.time}">${ago(notification.time, now)}</time></td><td class="kind">${kind}</td><td>${nameLink(notification)}</td><td>${summaryOf(notification)}</td></tr>`
}

function kindOf({ labels }: Notification): 'page' | 'ticket' {
  return labels.severity === 'page' ? 'page' : 'ticket'
}

function summaryOf({ labels, annotations }: Pick<Notification, 'labels' | 'annotations'>): string {
  return annotations.summary ?? labels.alertname ?? '(no name)'
}

function linksOf(
  { labels, annotations }: Pick<Notification, 'labels' | 'annotations'>,
  grafanaUrl: string,
): Html {
  const dashboard = annotations.dashboard_url?.replace(usualAddresses.grafana, grafanaUrl)
  return html`<p class="links">${runbookLink(labels.alertname, annotations.runbook_url)}${dashboard === undefined ? '' : link(dashboard, 'Dashboard')}</p>`
}

function nameLink({ alertname }: Notification) {
  return runbookNames.includes(alertname) ? link(`/runbooks/${alertname}`, alertname) : alertname
}

/** Our own pages are linked by where they are, so that the link works on whichever port this runs. */
function runbookLink(alertname = '', url: string | undefined) {
  if (runbookNames.includes(alertname)) return link(`/runbooks/${alertname}`, 'Runbook')
  return url === undefined ? '' : link(url, 'Runbook')
}

function more(left: number): Html | undefined {
  return left > 0 ? html`<p class="quiet">and ${left} more</p>` : undefined
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`
}

function ago(time: string, now: Date): string {
  return `${lasting(time, now)} ago`
}

function lasting(since: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1_000))
  if (Number.isNaN(seconds)) return 'an unknown time'
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3_600)} h`
}
