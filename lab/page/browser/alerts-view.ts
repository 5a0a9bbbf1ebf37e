/** What fires and what waits, by rule, with its runbook, and silences. */

import { placesOf, safeHref } from '../model/links.ts'
import { numberOf } from '../model/prometheus.ts'
import { dateText, durationText } from '../model/time.ts'
import { formatValue } from '../model/units.ts'
import { getJson, prometheus, send } from './api.ts'
import { h } from './dom.ts'
import type { View } from './view.ts'

interface Alert {
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  state: 'firing' | 'pending' | 'inactive'
  activeAt?: string
  value?: string
}

interface Rule {
  type: string
  name: string
  query: string
  duration?: number
  state?: Alert['state']
  health?: string
  lastError?: string
  labels?: Readonly<Record<string, string>>
  annotations?: Readonly<Record<string, string>>
  alerts?: Alert[]
}

interface NotifiedAlert {
  labels: Readonly<Record<string, string>>
  status: { state: string; silencedBy: string[]; inhibitedBy: string[] }
}

interface Silence {
  id: string
  status: { state: string }
  matchers: { name: string; value: string; isRegex?: boolean; isEqual?: boolean }[]
  endsAt: string
  comment: string
}

export async function alertsView(host: HTMLElement): Promise<View> {
  document.title = 'Alerts · Sightline'
  const content = h('div', { class: 'page' })
  host.replaceChildren(
    h(
      'div',
      { class: 'head' },
      h('h1', {}, 'Alerts'),
      h('p', {}, 'What fires now, what is about to, and every rule that could.'),
    ),
    content,
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  const refresh = async () => {
    clearTimeout(timer)
    try {
      const parts = await read()
      if (!isStopped && content.querySelector('.popup, details.rule[open]:focus-within') === null)
        draw(content, parts, refresh)
    } catch (error) {
      content.replaceChildren(h('p', { class: 'said error', role: 'alert' }, String(error)))
    }
    if (!isStopped) timer = setTimeout(refresh, 5000)
  }
  await refresh()
  return {
    redraw: refresh,
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

interface Parts {
  rules: Rule[]
  notified: NotifiedAlert[] | string
  silences: Silence[]
}

/** Without an Alertmanager the rules are still there; the page says that nobody is notified. */
async function read(): Promise<Parts> {
  const { groups } = await prometheus<{ groups: { rules: Rule[] }[] }>('rules', { type: 'alert' })
  const rules = groups.flatMap(group => group.rules).filter(({ type }) => type === 'alerting')
  try {
    const [notified, silences] = await Promise.all([
      getJson<NotifiedAlert[]>('/api/v2/alerts'),
      getJson<Silence[]>('/api/v2/silences'),
    ])
    return { rules, notified, silences: silences.filter(({ status }) => status.state !== 'expired') }
  } catch (error) {
    return { rules, notified: error instanceof Error ? error.message : String(error), silences: [] }
  }
}

const urgency: Readonly<Record<string, number>> = { page: 0, ticket: 1, info: 2 }

function draw(content: HTMLElement, { rules, notified, silences }: Parts, refresh: () => void): void {
  const open = new Set(
    [...content.querySelectorAll('details[open]')].map(each => each.getAttribute('data-rule')),
  )
  const rank = ({ labels }: Rule) => urgency[labels?.severity ?? ''] ?? 3
  const inState = (state: Rule['state']) =>
    rules
      .filter(rule => rule.state === state)
      .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
  const broken = rules.filter(({ health }) => health === 'err')
  const section = (title: string, found: Rule[], none: string) =>
    h(
      'section',
      {},
      h('h2', {}, title, ' ', h('span', { class: 'count' }, found.length)),
      found.length === 0 && h('p', { class: 'note' }, none),
      ...found.map(rule => ruleBox(rule, notified, open, refresh)),
    )
  content.replaceChildren(
    ...(typeof notified === 'string'
      ? [h('p', { class: 'problems' }, `Nobody is notified: ${notified}`)]
      : []),
    ...(broken.length > 0 ? [section('Cannot be evaluated', broken, '')] : []),
    section('Firing', inState('firing'), 'Nothing fires.'),
    section('Pending', inState('pending'), 'Nothing waits for its time.'),
    ...(silences.length > 0 ? [silenceList(silences, refresh)] : []),
    section(
      'Quiet',
      rules
        .filter(({ state, health }) => state === 'inactive' && health !== 'err')
        .toSorted((a, b) => a.name.localeCompare(b.name)),
      'No other rule.',
    ),
  )
}

function ruleBox(
  rule: Rule,
  notified: Parts['notified'],
  open: ReadonlySet<string | null>,
  refresh: () => void,
): HTMLElement {
  const severity = rule.labels?.severity ?? ''
  const alerts = rule.alerts ?? []
  const key = `${rule.name} ${JSON.stringify(rule.labels ?? {})}`
  const summary = alerts[0]?.annotations.summary ?? plain(rule.annotations?.summary)
  return h(
    'details',
    { class: `rule ${rule.state ?? ''}`, 'data-rule': key, open: open.has(key) },
    h(
      'summary',
      {},
      h('span', { class: `badge ${rule.state === 'inactive' ? 'quiet' : severity}` }, severity || 'rule'),
      h('strong', {}, rule.name),
      h('span', { class: 'summary' }, summary ?? ''),
      alerts[0]?.activeAt &&
        h('time', { title: dateText(Date.parse(alerts[0].activeAt)) }, `for ${since(alerts[0].activeAt)}`),
    ),
    h(
      'div',
      { class: 'rule-body' },
      h(
        'p',
        { class: 'links' },
        h('a', { href: `/runbooks/${encodeURIComponent(rule.name)}` }, 'Runbook'),
        ...otherLinks(alerts[0] ?? rule),
      ),
      h('pre', {}, rule.query),
      rule.duration
        ? h('p', { class: 'note' }, `Fires when this holds for ${durationText(rule.duration * 1000)}.`)
        : undefined,
      rule.lastError ? h('p', { class: 'said error' }, rule.lastError) : undefined,
      ...alerts.map(alert => alertRow(alert, notified, refresh)),
    ),
  )
}

/** A template of an annotation reads better without its braces: what it fills in is known once it fires. */
const plain = (text = '') => text.replace(/\{\{[^}]*\}\}/g, '…')

const since = (iso: string) =>
  formatValue(Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 1000)), 'dtdurations', 1)

function otherLinks({ annotations = {} }: Pick<Rule, 'annotations'>): HTMLElement[] {
  return Object.entries(annotations)
    .filter(
      ([name, value]) =>
        name !== 'runbook_url' &&
        /_url$|^dashboard/.test(name) &&
        safeHref(value) !== undefined &&
        !value.includes('{{'),
    )
    .flatMap(([name, url]) =>
      placesOf([{ title: name.replace(/_url$/, '').replaceAll('_', ' '), url }], {
        variables: new Map(),
        builtIns: {},
      }),
    )
    .map(({ title, href }) => h('a', { href }, title[0]!.toUpperCase() + title.slice(1)))
}

function alertRow(alert: Alert, notified: Parts['notified'], refresh: () => void): HTMLElement {
  const labels = Object.entries(alert.labels).filter(([name]) => name !== 'alertname')
  const known =
    typeof notified === 'string'
      ? undefined
      : notified.find(each =>
          Object.entries(each.labels).every(([name, value]) => alert.labels[name] === value),
        )
  const state =
    known === undefined
      ? ''
      : [known.status.silencedBy.length > 0 && 'silenced', known.status.inhibitedBy.length > 0 && 'inhibited']
          .filter(Boolean)
          .join(', ')
  return h(
    'div',
    { class: 'alert' },
    h('p', {}, alert.annotations.description ?? alert.annotations.summary ?? ''),
    h('p', { class: 'labels' }, ...labels.map(([name, value]) => h('code', {}, `${name}=${value}`))),
    h(
      'p',
      { class: 'note' },
      `${alert.state}${state && `, ${state}`}`,
      alert.activeAt ? ` since ${dateText(Date.parse(alert.activeAt))}` : '',
      alert.value === undefined ? '' : `, value ${formatValue(numberOf(alert.value), 'none')}`,
      typeof notified !== 'string' &&
        state === '' &&
        h(
          'button',
          { type: 'button', onclick: () => silence(alert).then(refresh, failed) },
          'Silence for an hour',
        ),
    ),
  )
}

function failed(error: unknown): void {
  document.querySelector('.page')?.prepend(h('p', { class: 'problems', role: 'alert' }, String(error)))
}

function silence({ labels }: Alert): Promise<unknown> {
  return send('POST', '/api/v2/silences', {
    matchers: Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    createdBy: 'the page',
    comment: `${labels.alertname} silenced for an hour`,
  })
}

function silenceList(silences: readonly Silence[], refresh: () => void): HTMLElement {
  const end = (id: string) =>
    send('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`).then(refresh, failed)
  const text = ({ matchers }: Silence) =>
    matchers
      .map(({ name, value, isRegex, isEqual }) =>
        `${name}${isEqual === false ? '!' : ''}${isRegex ? '=~' : '='}${value}`.replace('!=', '!='),
      )
      .join(', ')
  return h(
    'section',
    {},
    h('h2', {}, 'Silences ', h('span', { class: 'count' }, silences.length)),
    ...silences.map(each =>
      h(
        'div',
        { class: 'silence' },
        h('code', {}, text(each)),
        h('span', { class: 'note' }, `until ${dateText(Date.parse(each.endsAt))}`),
        h('button', { type: 'button', onclick: () => end(each.id) }, 'End'),
      ),
    ),
  )
}
