/** A dashboard: its controls and its panels, asked anew as often as it says. */
import { type Earlier, earlierOf, type Run } from '../model/compare.ts'
import type { Dashboard, Panel, RawRange } from '../model/dashboard.ts'
import { allVariables, type Chosen, interpolate, type Scope } from '../model/interpolate.ts'
import { layout } from '../model/layout.ts'
import { safeHref } from '../model/links.ts'
import { dateText, resolveRange, type TimeRange } from '../model/time.ts'
import { change, parameters, rangeInAddress } from './address.ts'
import { marksOf } from './annotations.ts'
import { getDashboard } from './api.ts'
import { h, icon } from './dom.ts'
import { type PanelView, panelView } from './panel-frame.ts'
import { listRuns, runsControl } from './runs-control.ts'
import { refreshMs, timeControls } from './time-controls.ts'
import { chooseVariables, variableControls } from './variables.ts'
import type { View } from './view.ts'

export async function dashboardView(uid: string, host: HTMLElement, scrapeInterval: number): Promise<View> {
  const dashboard = await getDashboard(uid)
  document.title = `${dashboard.title} · Sightline`
  const viewed = parameters()
    .get('viewPanel')
    ?.replace(/^panel-/, '')
  const controls = h('div', { class: 'controls' })
  const problemBox = h('div', { class: 'problems', role: 'status' })
  const emptyBox = h('div', { class: 'problems', role: 'status' })
  const grid = h('div', { class: viewed === undefined ? 'grid' : 'grid alone' })
  host.replaceChildren(headOf(dashboard, viewed !== undefined), controls, problemBox, emptyBox, grid)
  const closed = new Set(
    allPanels(dashboard)
      .filter(({ type, collapsed }) => type === 'row' && collapsed)
      .map(({ id }) => id),
  )
  const views = new Map<Panel, PanelView>()
  let round = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false

  function place(): void {
    const wanted =
      viewed === undefined
        ? layout(dashboard.panels ?? [], row => closed.has(row.id))
        : allPanels(dashboard)
            .filter(({ id }) => String(id) === viewed)
            .map(panel => ({ panel, x: 0, y: 0, w: 24, h: 18 }))
    if (wanted.length === 0) {
      const what =
        viewed === undefined ? 'This dashboard has no panels.' : `This dashboard has no panel ${viewed}.`
      grid.replaceChildren(h('p', { class: 'note' }, what))
      return
    }
    const elements = wanted.map(({ panel, x, y, w, h: height }) => {
      const element = panel.type === 'row' ? rowOf(panel) : viewOf(panel).element
      element.style.setProperty('--x', `${x + 1}`)
      element.style.setProperty('--y', `${y + 1}`)
      element.style.setProperty('--w', `${w}`)
      element.style.setProperty('--h', `${height}`)
      return element
    })
    grid.replaceChildren(...elements)
  }

  function rowOf(row: Panel): HTMLElement {
    const isOpen = !closed.has(row.id)
    const toggle = () => {
      if (!closed.delete(row.id)) closed.add(row.id)
      place()
      grid.querySelector<HTMLElement>(`[data-row="${row.id}"]`)?.focus()
    }
    const button = h(
      'button',
      { type: 'button', 'data-row': row.id, 'aria-expanded': String(isOpen), onclick: toggle },
      icon('chevron'),
      row.title ?? '',
    )
    return h('h2', { class: isOpen ? 'row' : 'row closed' }, button)
  }

  function viewOf(panel: Panel): PanelView {
    const known = views.get(panel)
    if (known !== undefined) return known
    const view = panelView(panel, viewed !== undefined)
    views.set(panel, view)
    return view
  }

  async function refresh(): Promise<void> {
    const mine = ++round
    clearTimeout(timer)
    const raw: RawRange = rangeInAddress() ?? dashboard.time ?? { from: 'now-1h', to: 'now' }
    const rate = parameters().get('refresh') ?? dashboard.refresh ?? ''
    const range = resolveRange(raw, Date.now())
    const problems: string[] = []
    const [variables, runs] = await Promise.all([
      chooseVariables(dashboard, range, problems),
      listRuns().catch((error: unknown): Run[] => {
        problems.push(`Pinned runs: ${error instanceof Error ? error.message : error}`)
        return []
      }),
    ])
    if (mine !== round || isStopped) return
    const asked = parameters().get('compare')
    const earlier = asked === null ? undefined : earlierOf(asked, range, runs)
    if (asked !== null && earlier === undefined)
      problems.push(
        `Nothing to compare with: there is no pinned run "${asked.slice(0, 60)}", and it is no time`,
      )
    const scope = scopeOf(variables, raw, dashboard)
    drawControls(variables, scope, raw, rate, earlier, runs)
    const zoom = (from: number, to: number) => {
      change({ from: `${Math.round(from)}`, to: `${Math.round(to)}` })
      refresh()
    }
    const settled = () => emptyBox.replaceChildren(...sayNoData(raw, range))
    const moment = { range, raw, scope, scrapeInterval, marks: [], zoom, earlier, settled }
    const marks = marksOf(dashboard, range, scope, scrapeInterval, problems)
    if (views.size === 0) place()
    const drawnMarks = await Promise.race([marks, new Promise<[]>(resolve => setTimeout(resolve, 1500, []))])
    if (mine !== round || isStopped) return
    for (const view of views.values()) view.refresh({ ...moment, marks: drawnMarks })
    problemBox.replaceChildren(...problems.map(problem => h('p', {}, problem)))
    const wait = refreshMs(rate)
    if (wait !== undefined && raw.to === 'now') timer = setTimeout(again, wait)
  }

  /** A time that was fixed elsewhere is often one of which this lab has nothing, and every panel would only say so itself. */
  function sayNoData(raw: RawRange, range: TimeRange): HTMLElement[] {
    const states = [...views.values()].flatMap(({ element }) => element.dataset.state ?? [])
    const isFixed = !raw.from.includes('now') && !raw.to.includes('now')
    if (!isFixed || states.includes('drawn') || !states.includes('empty')) return []
    const showLastHour = () => {
      change({ from: 'now-1h', to: 'now' })
      controls.replaceChildren()
      emptyBox.replaceChildren()
      refresh().catch(showProblem)
    }
    return [
      h(
        'p',
        {},
        `The time is fixed from ${dateText(range.from)} to ${dateText(range.to)}, and there is no data of it here. `,
        h('button', { type: 'button', class: 'choose', onclick: showLastHour }, 'Show the last hour'),
      ),
    ]
  }

  /** A page nobody looks at asks nothing. */
  function again(): void {
    if (document.visibilityState === 'visible') refresh().catch(showProblem)
    else timer = setTimeout(again, 1000)
  }

  const showProblem = (error: unknown) => problemBox.replaceChildren(h('p', {}, String(error)))

  function drawControls(
    variables: ReadonlyMap<string, Chosen>,
    scope: Scope,
    raw: RawRange,
    rate: string,
    earlier: Earlier | undefined,
    runs: readonly Run[],
  ): void {
    // A control in use is not drawn anew under the reader's hands.
    if (controls.querySelector('.popup, input:focus') !== null) return
    const focused = controls.contains(document.activeElement)
      ? document.activeElement?.getAttribute('aria-label')
      : undefined
    const changed = () => {
      controls.replaceChildren()
      refresh().catch(showProblem)
    }
    controls.replaceChildren(
      ...variableControls(variables, changed),
      ...linksOf(dashboard, scope),
      runsControl({ range: raw, earlier, runs, changed }),
      timeControls({ range: raw, refresh: rate, changed, reload: changed }),
    )
    if (focused) controls.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus()
  }

  await refresh()
  return {
    redraw: () => refresh().catch(showProblem),
    stop() {
      isStopped = true
      clearTimeout(timer)
      for (const view of views.values()) view.stop()
    },
  }
}

const allPanels = ({ panels = [] }: Dashboard) => panels.flatMap(panel => [panel, ...(panel.panels ?? [])])

function headOf({ title, description, uid }: Dashboard, isAlone: boolean): HTMLElement {
  const query = parameters()
  query.delete('viewPanel')
  const back = h('a', { class: 'back', href: `/d/${uid}?${query}` }, icon('back'), 'All panels')
  return h(
    'div',
    { class: 'head' },
    h('h1', {}, title),
    description && h('p', {}, description),
    isAlone && back,
  )
}

function scopeOf(variables: ReadonlyMap<string, Chosen>, raw: RawRange, { title, uid }: Dashboard): Scope {
  return {
    variables,
    builtIns: {
      __url_time_range: `from=${encodeURIComponent(raw.from)}&to=${encodeURIComponent(raw.to)}`,
      __all_variables: allVariables(variables),
      __dashboard: title,
      __dashboard_uid: uid,
    },
  }
}

/** Links of a dashboard to pages; those to other dashboards stand in the list at the side. */
function linksOf({ links = [] }: Dashboard, scope: Scope): HTMLElement[] {
  return links.flatMap(link => {
    const { type, url = '', title = '', targetBlank } = link
    const href = type === 'link' ? safeHref(withKept(interpolate(url, scope, 'url'), link)) : undefined
    return href === undefined
      ? []
      : [h('a', { class: 'choose', href, ...(targetBlank && { target: '_blank' }) }, title)]
  })
}

/** The time and the variables of this view go along where the link says so, as in Grafana. */
function withKept(href: string, { keepTime, includeVars }: NonNullable<Dashboard['links']>[number]): string {
  const [path = '', search = ''] = href.split('?')
  const kept = [...parameters()].filter(
    ([name]) => (keepTime && (name === 'from' || name === 'to')) || (includeVars && name.startsWith('var-')),
  )
  const query = new URLSearchParams([...new URLSearchParams(search), ...kept])
  return query.size === 0 ? href : `${path}?${query}`
}
