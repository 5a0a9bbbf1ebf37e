/** Rows and columns; a click on a column's name sorts by it. */
import { textOn } from '../../model/colors.ts'
import { display } from '../../model/display.ts'
import { type Field, type Frame, rowCount, titleOf, type Value } from '../../model/frames.ts'
import { type Place, placesOf, scopeOf } from '../../model/links.ts'
import { dateText } from '../../model/time.ts'
import { h, icon } from '../dom.ts'
import { traceHref } from './exemplars.ts'
import { option, type PanelContext, sayNothing } from './panel.ts'

interface Order {
  column: string
  isDescending: boolean
}

const orders = new WeakMap<HTMLElement, Order>()

export function table(context: PanelContext): void {
  const { body, data, panel } = context
  const frame = data.frames[option<number>(panel, 'frameIndex') ?? 0] ?? data.frames[0]
  if (frame === undefined || rowCount(frame) === 0) {
    sayNothing(context)
    return
  }
  const [saved] = option<{ displayName: string; desc?: boolean }[]>(panel, 'sortBy') ?? []
  const order =
    orders.get(body) ?? (saved && { column: saved.displayName, isDescending: saved.desc === true })
  const columns = frame.fields.filter(({ config }) => config?.custom?.hidden !== true)
  const rows = sortedRows(frame, order)
  const sortBy = (column: string) => {
    orders.set(body, { column, isDescending: order?.column === column && !order.isDescending })
    table(context)
    body.querySelector<HTMLElement>(`button[data-column="${CSS.escape(column)}"]`)?.focus()
  }
  const heads = columns.map(field => head(field, order, sortBy))
  body.replaceChildren(
    h(
      'div',
      { class: 'table', tabindex: 0, role: 'region', 'aria-label': panel.title ?? 'Table' },
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ...heads)),
        h(
          'tbody',
          {},
          ...rows.map(row => h('tr', {}, ...columns.map(field => cell(context, frame, field, row)))),
        ),
      ),
    ),
  )
}

function head(field: Field, order: Order | undefined, sortBy: (column: string) => void): HTMLElement {
  const title = titleOf(field)
  const direction = order?.column !== title ? undefined : order.isDescending ? 'descending' : 'ascending'
  const width = field.config?.custom?.width
  const element = h(
    'th',
    {
      scope: 'col',
      class: field.type === 'number' ? 'number' : '',
      ...(direction && { 'aria-sort': direction }),
    },
    h(
      'button',
      { type: 'button', 'data-column': title, onclick: () => sortBy(title) },
      title,
      direction && (direction === 'ascending' ? ' ↑' : ' ↓'),
    ),
  )
  if (typeof width === 'number') element.style.width = `${width}px`
  return element
}

function sortedRows(frame: Frame, order: Order | undefined): number[] {
  const rows = Array.from({ length: rowCount(frame) }, (_, at) => at)
  const by = frame.fields.find(field => titleOf(field) === order?.column)
  if (by === undefined) return rows
  const compare = (a: Value, b: Value) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a ?? '').localeCompare(String(b ?? ''))
  const sorted = rows.toSorted((a, b) => compare(by.values[a] ?? null, by.values[b] ?? null))
  return order!.isDescending ? sorted.reverse() : sorted
}

function cell({ data }: PanelContext, frame: Frame, field: Field, row: number): HTMLElement {
  const value = field.values[row] ?? null
  const config = field.config ?? {}
  const isTime = field.type === 'time' && typeof value === 'number'
  const shown = isTime
    ? { text: dateText(value), color: '' }
    : display(value, { ...config, ...(field.type === 'string' && { unit: 'string' }), noValue: '' })
  const own = field.name === 'traceID' && typeof value === 'string' ? [traceOf(value, data.range)] : []
  const places = [...placesOf(config.links, scopeOf(data.scope, { frame, field, value, row })), ...own]
  const element = h(
    'td',
    { class: field.type === 'number' ? 'number' : '', title: shown.text },
    ...linkedText(shown.text, places),
  )
  if (typeof config.custom?.width === 'number') element.style.maxWidth = `${config.custom.width}px`
  const look = (config.custom?.cellOptions as { type?: string } | undefined)?.type
  if (value !== null && look === 'color-background' && shown.color !== '') {
    element.style.background = shown.color
    element.style.color = textOn(shown.color)
  } else if (look === 'color-text') element.style.color = shown.color
  return element
}

const traceOf = (traceId: string, range: { from: number; to: number }): Place => ({
  title: 'Trace and its log lines',
  href: traceHref(traceId, range),
  isBlank: false,
})

/** The first link is the text itself, the others small ones behind it. */
function linkedText(text: string, [first, ...others]: readonly Place[]): (Node | string)[] {
  if (first === undefined) return [text]
  const blank = ({ isBlank }: Place) => isBlank && { target: '_blank', rel: 'noreferrer' }
  return [
    h('a', { href: first.href, title: first.title, ...blank(first) }, text),
    ...others.map(place =>
      h(
        'a',
        {
          class: 'more',
          href: place.href,
          title: place.title,
          'aria-label': `${text}: ${place.title}`,
          ...blank(place),
        },
        icon('link'),
      ),
    ),
  ]
}
