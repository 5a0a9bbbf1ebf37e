/** A panel's frame: its title, what it means, its menu, and its contents or why there are none. */
import type { Earlier } from '../model/compare.ts'
import type { Panel, RawRange } from '../model/dashboard.ts'
import { interpolate, type Scope } from '../model/interpolate.ts'
import { placesOf } from '../model/links.ts'
import type { TimeRange } from '../model/time.ts'
import { ask, datasourceType, queryText } from './data.ts'
import { closeMenu, h, icon, menu } from './dom.ts'
import { draws } from './panels/draw.ts'
import { type Mark, say } from './panels/panel.ts'

export interface PanelView {
  element: HTMLElement
  /** Asks anew, or waits until it is near the visible part of the page. */
  refresh(now: Moment): void
  stop(): void
}

/** What all panels of a dashboard share at one refresh. */
interface Moment {
  range: TimeRange
  raw: RawRange
  scope: Scope
  scrapeInterval: number
  marks: readonly Mark[]
  zoom: (from: number, to: number) => void
  /** What is drawn under the present span. */
  earlier?: Earlier | undefined
  /** A panel is drawn, or has said why it is not: `data-state` of its element says which. */
  settled?: () => void
}

export function panelView(panel: Panel, isAlone: boolean): PanelView {
  const body = h('div', { class: 'panel-body' })
  const title = h('h3', {}, panel.title ?? '')
  const spinner = h('span', { class: 'spinner', hidden: true, 'aria-hidden': 'true' })
  const tools = h('div', { class: 'panel-tools' })
  const element = h(
    'section',
    {
      class: panel.transparent ? 'panel bare' : 'panel',
      'data-panel': panel.id,
      'data-type': panel.type,
      'aria-label': panel.title,
    },
    h('header', {}, title, ...descriptionOf(panel), spinner, tools),
    body,
  )
  let moment: Moment | undefined
  let isNear = false
  let asking: AbortController | undefined

  async function load(): Promise<void> {
    if (moment === undefined || !isNear) return
    const now = moment
    asking?.abort()
    const mine = new AbortController()
    asking = mine
    title.textContent = interpolate(panel.title ?? '', now.scope, 'text')
    tools.replaceChildren(toolsOf(panel, now, isAlone))
    const draw = draws[panel.type]
    if (draw === undefined) return finish('unsupported', `Panels of type "${panel.type}" are not drawn here`)
    spinner.hidden = false
    try {
      const width = body.clientWidth
      const data = await ask({ ...now, earlier: now.earlier, panel, width, signal: mine.signal })
      if (mine.signal.aborted) return
      if (body.querySelector(':scope > .said') !== null) body.replaceChildren()
      draw({ panel, body, data, zoom: now.zoom, marks: now.marks })
      element.dataset.state = body.querySelector(':scope > .said.empty') === null ? 'drawn' : 'empty'
    } catch (error) {
      if (mine.signal.aborted) return
      finish('error', error instanceof Error ? error.message : String(error))
    } finally {
      if (asking === mine) {
        spinner.hidden = true
        now.settled?.()
      }
    }
  }

  function finish(kind: 'error' | 'unsupported', message: string): void {
    say(body, kind, message)
    element.dataset.state = kind
  }

  const observer = new IntersectionObserver(
    ([entry]) => {
      const wasNear = isNear
      isNear = entry!.isIntersecting
      if (isNear && !wasNear) load()
    },
    { rootMargin: '300px 0px' },
  )
  observer.observe(element)
  return {
    element,
    refresh(now) {
      moment = now
      load()
    },
    stop() {
      observer.disconnect()
      asking?.abort()
    },
  }
}

function descriptionOf({ description }: Panel): HTMLElement[] {
  if (!description) return []
  return [
    h(
      'button',
      { type: 'button', class: 'about', 'aria-label': description, title: description },
      icon('info'),
    ),
  ]
}

function toolsOf(panel: Panel, now: Moment, isAlone: boolean): HTMLElement {
  const button = h(
    'button',
    { type: 'button', class: 'tool', 'aria-label': `Menu of ${panel.title ?? 'panel'}` },
    icon('dots'),
  )
  return menu(button, () => {
    const queries = (panel.targets ?? []).map(target => queryText(target, panel, now.scope)).filter(Boolean)
    const view = new URLSearchParams(location.search)
    if (isAlone) view.delete('viewPanel')
    else view.set('viewPanel', `panel-${panel.id}`)
    return h(
      'div',
      {},
      h(
        'a',
        { href: `${location.pathname}?${view}`, onclick: (event: Event) => closeMenu(event.target) },
        isAlone ? 'Back to the dashboard' : 'View',
      ),
      exploreLink(panel, now),
      queries.length > 0 &&
        h(
          'button',
          {
            type: 'button',
            onclick: async (event: Event) => {
              await navigator.clipboard.writeText(queries.join('\n'))
              closeMenu(event.target)
            },
          },
          queries.length === 1 ? 'Copy the query' : 'Copy the queries',
        ),
      ...placesOf(panel.links, now.scope).map(({ title, href }) => h('a', { href }, title)),
    )
  })
}

function exploreLink(panel: Panel, { scope, raw }: Moment): HTMLElement | undefined {
  const queries = (panel.targets ?? []).flatMap(target => {
    const text = queryText(target, panel, scope)
    if (text === '') return []
    const type = datasourceType(target, panel)
    return [
      {
        refId: target.refId,
        datasource: { type, uid: type },
        ...(type === 'tempo' ? { query: text, queryType: 'traceql' } : { expr: text }),
      },
    ]
  })
  if (queries.length === 0) return undefined
  const pane = { datasource: queries[0]!.datasource.uid, queries, range: raw }
  const query = new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify({ a: pane }) })
  return h('a', { href: `/explore?${query}` }, 'Explore')
}
