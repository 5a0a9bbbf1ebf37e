/** What stands under the pointer: every series' value at that time; a click pins it, with the links of the nearest. */
import type uPlot from 'uplot'
import { display } from '../../model/display.ts'
import { placesOf, scopeOf } from '../../model/links.ts'
import { dateText } from '../../model/time.ts'
import { h } from '../dom.ts'
import type { Line } from './line.ts'
import type { PanelContext } from './panel.ts'

interface State {
  context: PanelContext
  times: readonly number[]
  lines: readonly Line[]
  plot: uPlot
  pinned?: number
}

const states = new WeakMap<HTMLElement, State>()
const most = 16

export function tooltip(
  host: HTMLElement,
  plot: uPlot,
  context: PanelContext,
  times: readonly number[],
  lines: readonly Line[],
): void {
  const known = states.get(host)
  const state: State = known ?? { context, times, lines, plot }
  const isNewPlot = known?.plot !== plot
  Object.assign(state, { context, times, lines, plot })
  states.set(host, state)
  if (known !== undefined && !isNewPlot) return
  const { over } = plot
  over.addEventListener('mousemove', () => state.pinned === undefined && show(state))
  over.addEventListener('mouseleave', () => state.pinned === undefined && hide())
  over.addEventListener('click', () => {
    state.pinned = state.pinned === undefined ? (plot.cursor.idx ?? undefined) : undefined
    if (state.pinned === undefined) hide()
    else show(state)
  })
}

let box: HTMLElement | undefined

export function hide(): void {
  box?.remove()
  box = undefined
}

function show(state: State): void {
  const { plot, times, lines, context } = state
  const index = state.pinned ?? plot.cursor.idx
  const { left = -1, top = -1 } = plot.cursor
  if (index === null || index === undefined || left < 0) {
    hide()
    return
  }
  const time = times[index]
  if (time === undefined) {
    hide()
    return
  }
  const height = plot.posToVal(top, 'y')
  const rows = lines
    .filter(({ config }) => (config.custom?.hideFrom as { tooltip?: boolean } | undefined)?.tooltip !== true)
    .map(line => ({ line, value: line.values[index] ?? null }))
    .filter(({ value }) => value !== null)
    .toSorted((a, b) => b.value! - a.value!)
  const nearest = rows.toSorted((a, b) => Math.abs(a.value! - height) - Math.abs(b.value! - height))[0]
  const begin = Math.max(0, Math.min(rows.indexOf(nearest!) - most / 2, rows.length - most))
  const shown = rows.slice(begin, begin + most)
  const text = (line: Line, value: number | null) => display(value, { ...line.config, mappings: [] }).text
  const marks = context.marks.filter(
    ({ from, to }) => from - context.data.step <= time && time <= to + context.data.step,
  )
  const content = h(
    'div',
    { class: 'tooltip', role: 'tooltip' },
    h('time', {}, dateText(time)),
    ...shown.map(({ line, value }) =>
      h(
        'div',
        { class: line === nearest?.line ? 'row nearest' : 'row' },
        h('span', { class: 'swatch', style: { background: line.color } }),
        h('span', { class: 'name' }, line.name || 'Value'),
        h('span', { class: 'value' }, text(line, value!)),
        context.data.earlier &&
          h('span', { class: 'earlier' }, `${text(line, line.earlier?.[index] ?? null)} then`),
      ),
    ),
    rows.length > shown.length && h('div', { class: 'more' }, `and ${rows.length - shown.length} more`),
    rows.length === 0 && h('div', { class: 'more' }, 'no sample at this time'),
    ...marks.map(mark => h('div', { class: 'mark', style: { 'border-color': mark.color } }, mark.title)),
    state.pinned !== undefined && nearest !== undefined && linksOf(state, nearest.line, nearest.value),
  )
  hide()
  box = content
  document.body.append(content)
  if (state.pinned !== undefined) pin(state, content)
  place(content, plot.over.getBoundingClientRect(), left, top)
}

function pin(state: State, content: HTMLElement): void {
  content.classList.add('pinned')
  const close = (event: Event) => {
    if (content.contains(event.target as Node) || state.plot.over.contains(event.target as Node)) return
    state.pinned = undefined
    hide()
    document.removeEventListener('pointerdown', close, true)
  }
  document.addEventListener('pointerdown', close, true)
}

function linksOf(
  { context }: State,
  { frame, field, config }: Line,
  value: number | null,
): HTMLElement | undefined {
  const places = placesOf(config.links, scopeOf(context.data.scope, { frame, field, value }))
  if (places.length === 0) return undefined
  return h(
    'div',
    { class: 'links' },
    ...places.map(({ title, href }) => h('a', { href, onclick: hide }, title)),
  )
}

function place(content: HTMLElement, over: DOMRect, left: number, top: number): void {
  const { width, height } = content.getBoundingClientRect()
  const x = over.left + left
  const isLeft = x + 16 + width > innerWidth - 8
  content.style.left = `${Math.max(8, isLeft ? x - 16 - width : x + 16)}px`
  content.style.top = `${Math.max(8, Math.min(over.top + top + 12, innerHeight - height - 8))}px`
}
