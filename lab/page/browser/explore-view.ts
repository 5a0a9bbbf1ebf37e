/** One query in one of the three languages, as Grafana's Explore addresses it. */

import type { Source } from '../model/completion.ts'
import type { Panel, RawRange, Target } from '../model/dashboard.ts'
import { resolveRange } from '../model/time.ts'
import { goTo, parameters } from './address.ts'
import { h } from './dom.ts'
import { isLive, liveTail } from './live-tail.ts'
import { type PanelView, panelView } from './panel-frame.ts'
import { queryEditor } from './query-editor.ts'
import { timeControls } from './time-controls.ts'
import type { View } from './view.ts'

interface Pane {
  datasource?: string
  queries?: (Target & { datasource?: { type?: string; uid?: string } })[]
  range?: RawRange
}

const languages: Readonly<Record<Source, string>> = {
  prometheus: 'Metrics (PromQL)',
  loki: 'Logs (LogQL)',
  tempo: 'Traces (TraceQL)',
}

export async function exploreView(host: HTMLElement, scrapeInterval: number): Promise<View> {
  document.title = 'Explore · Sightline'
  const pane = paneInAddress()
  const [first] = pane.queries ?? []
  const source = sourceOf(first?.datasource?.type ?? pane.datasource)
  const range = {
    from: parameters().get('from') ?? pane.range?.from ?? 'now-1h',
    to: parameters().get('to') ?? pane.range?.to ?? 'now',
  }
  const select = h(
    'select',
    { 'aria-label': 'Language' },
    ...Object.entries(languages).map(([value, text]) =>
      h('option', { value, selected: value === source }, text),
    ),
  )
  const written = (pane.queries ?? [])
    .map(({ expr, query }) => expr ?? query ?? '')
    .join('\n')
    .trim()
  const results = h('div', { class: 'grid' })
  const chosen = () => select.value as Source
  const run = (event?: Event, live = isLive()) => {
    event?.preventDefault()
    goTo(addressOf(chosen(), editor.input.value, range, live && chosen() === 'loki'))
  }
  const editor = queryEditor(written, chosen, run)
  const isTailed = isLive() && source === 'loki' && written !== ''
  const live = h(
    'button',
    {
      type: 'button',
      class: 'choose',
      'aria-pressed': String(isTailed),
      onclick: () => run(undefined, !isTailed),
    },
    isTailed ? 'Stop live' : 'Live',
  )
  const chose = () => {
    live.hidden = chosen() !== 'loki'
    editor.checkAgain()
  }
  select.addEventListener('change', chose)
  live.hidden = source !== 'loki'
  const controls = timeControls({
    range,
    refresh: '',
    changed: () => dispatchEvent(new Event('view')),
    reload: () => dispatchEvent(new Event('view')),
  })
  host.replaceChildren(
    h('div', { class: 'head' }, h('h1', {}, 'Explore')),
    h(
      'form',
      { class: 'explore', onsubmit: run },
      h('div', { class: 'controls' }, select, controls),
      editor.element,
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'submit', class: 'primary', title: 'Shift+Enter' }, 'Run'),
        live,
      ),
    ),
    results,
  )
  if (isTailed) {
    const tail = liveTail(written)
    results.replaceChildren(tail.element)
    results.classList.add('alone')
    return { redraw() {}, stop: tail.stop }
  }
  const views = written === '' ? [] : panelsFor(source, written).map(panel => panelView(panel, true))
  const moment = {
    range: resolveRange(range, Date.now()),
    raw: range,
    scope: { variables: new Map(), builtIns: {} },
    scrapeInterval,
    marks: [],
    zoom: (from: number, to: number) =>
      goTo(addressOf(source, written, { from: `${Math.round(from)}`, to: `${Math.round(to)}` })),
  }
  place(views, results)
  for (const view of views) view.refresh(moment)
  if (views.length === 0) {
    results.append(h('p', { class: 'note' }, 'Write a query and run it with Shift+Enter.'))
    editor.input.focus()
  }
  return {
    redraw() {
      for (const view of views) view.refresh(moment)
    },
    stop() {
      for (const view of views) view.stop()
    },
  }
}

function paneInAddress(): Pane {
  const query = parameters()
  try {
    const panes = JSON.parse(query.get('panes') ?? '{}') as Record<string, Pane>
    const left = query.get('left')
    return Object.values(panes)[0] ?? (left === null ? {} : (JSON.parse(left) as Pane))
  } catch {
    return {}
  }
}

const sourceOf = (name = ''): Source => (name in languages ? (name as Source) : 'prometheus')

function addressOf(source: Source, text: string, range: RawRange, live = false): string {
  const query = {
    refId: 'A',
    datasource: { type: source, uid: source },
    ...(source === 'tempo' ? { query: text, queryType: 'traceql' } : { expr: text }),
  }
  const panes = JSON.stringify({ a: { datasource: source, queries: [query], range } })
  return `/explore?${new URLSearchParams({ schemaVersion: '1', panes, ...(live && { live: 'on' }) })}`
}

/** Metrics as a graph and a table; log lines, or a graph where the query counts them; traces as a list or one of them. */
function panelsFor(source: Source, text: string): Panel[] {
  const datasource = { type: source, uid: source }
  const panel = (id: number, type: string, title: string, h: number, target: Partial<Target>): Panel => ({
    id,
    type,
    title,
    gridPos: { x: 0, y: id * 12, w: 24, h },
    datasource,
    targets: [{ refId: 'A', datasource, ...target }],
    fieldConfig: {
      defaults: {
        unit: 'short',
        color: { mode: 'palette-classic' },
        custom: { lineWidth: 1.5, fillOpacity: 8 },
      },
    },
    options: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] } },
  })
  if (source === 'prometheus')
    return [
      panel(0, 'timeseries', 'Graph', 12, { expr: text, range: true, exemplar: true }),
      panel(1, 'table', 'Now', 12, { expr: text, instant: true, format: 'table' }),
    ]
  if (source === 'loki') {
    const isMetric = /^\s*[a-z_]+\s*(by|without)?\s*\(/.test(text)
    return [panel(0, isMetric ? 'timeseries' : 'logs', isMetric ? 'Graph' : 'Lines', 22, { expr: text })]
  }
  const isId = /^[0-9a-f]{16,32}$/i.test(text.trim())
  return [
    panel(0, isId ? 'traces' : 'table', isId ? 'Trace' : 'Traces', 22, {
      query: text,
      queryType: 'traceql',
      limit: 50,
    }),
  ]
}

function place(views: readonly PanelView[], host: HTMLElement): void {
  for (const [at, { element }] of views.entries()) {
    element.style.setProperty('--x', '1')
    element.style.setProperty('--y', `${at * 12 + 1}`)
    element.style.setProperty('--w', '24')
    element.style.setProperty('--h', views.length > 1 ? '12' : '20')
  }
  host.replaceChildren(...views.map(({ element }) => element))
}
