/** A trace as a waterfall: each span a bar where it ran, below its parent; a span opens to show what it carries. */
import { seriesColor } from '../../model/colors.ts'
import type { Span } from '../../model/tempo.ts'
import { dateText } from '../../model/time.ts'
import { formatValue } from '../../model/units.ts'
import { h } from '../dom.ts'
import { type PanelContext, say } from './panel.ts'
import { table } from './table.ts'

const most = 500

export function traces(context: PanelContext): void {
  const { body, data } = context
  const { spans } = data
  if (spans.length === 0) {
    if (data.frames.length > 0) table(context)
    else
      say(
        body,
        'empty',
        'No trace is chosen: paste an id above, or follow one from a table, a log line or a dot',
      )
    return
  }
  const start = Math.min(...spans.map(span => span.start))
  const end = Math.max(...spans.map(span => span.start + span.duration))
  const services = [...new Set(spans.map(({ service }) => service))]
  const color = (service: string) => seriesColor(services.indexOf(service))
  const root = spans[0]!
  const failed = spans.filter(({ isError }) => isError).length
  const key = `${root.id}:${spans.length}`
  if (body.firstElementChild?.getAttribute('data-trace') === key) return
  body.replaceChildren(
    h(
      'div',
      { class: 'trace', 'data-trace': key },
      h(
        'header',
        {},
        h('strong', {}, `${root.service}: ${root.name}`),
        h('span', {}, dateText(start)),
        h('span', {}, `${formatValue(end - start, 'ms')}`),
        h('span', {}, `${spans.length} spans, ${services.length} services`),
        failed > 0 && h('span', { class: 'failed' }, `${failed} failed`),
      ),
      h(
        'div',
        { class: 'ruler', 'aria-hidden': 'true' },
        ...[0, 0.25, 0.5, 0.75, 1].map(share => tick(share, end - start)),
      ),
      h(
        'div',
        { class: 'spans', tabindex: 0, role: 'region', 'aria-label': 'Spans' },
        ...spans
          .slice(0, most)
          .map(span => row(span, start, Math.max(end - start, 1e-6), color(span.service))),
        spans.length > most && h('p', { class: 'note' }, `The first ${most} of ${spans.length} spans.`),
      ),
    ),
  )
}

const tick = (share: number, length: number) =>
  h('span', { style: { left: `${share * 100}%` } }, formatValue(share * length, 'ms'))

function row(span: Span, start: number, length: number, color: string): HTMLElement {
  const left = ((span.start - start) / length) * 100
  const width = Math.max(0.15, (span.duration / length) * 100)
  const end = left + width
  // Behind the bar, before it, or on it: wherever there is room.
  const place = end < 88 ? 'after' : left > 12 ? 'before' : 'on'
  const label = h('span', { class: `span-time ${place}` }, formatValue(span.duration, 'ms'))
  label.style.left = `${place === 'before' ? left : end}%`
  const details = h(
    'details',
    { class: span.isError ? 'span failed' : 'span' },
    h(
      'summary',
      {},
      h(
        'span',
        {
          class: 'span-name',
          style: { 'padding-left': `${Math.min(span.depth, 20) * 12}px`, 'border-color': color },
        },
        h('b', {}, span.service),
        ' ',
        span.name,
      ),
      h(
        'span',
        { class: 'span-line' },
        h('span', {
          class: 'span-bar',
          style: { left: `${left}%`, width: `${width}%`, background: span.isError ? 'var(--red)' : color },
        }),
        label,
      ),
    ),
  )
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(contents(span))
  })
  return details
}

function contents(span: Span): HTMLElement {
  const own = {
    kind: span.kind,
    duration: formatValue(span.duration, 'ms'),
    'span id': span.id,
    ...span.attributes,
  }
  return h(
    'div',
    { class: 'span-contents' },
    pairs('Span', own),
    ...span.events.map(event =>
      pairs(`Event ${event.name} after ${formatValue(event.time - span.start, 'ms')}`, event.attributes),
    ),
    pairs('Process', span.resource),
  )
}

function pairs(title: string, of: Readonly<Record<string, string>>): HTMLElement {
  return h(
    'table',
    { class: 'fields' },
    h('caption', {}, title),
    h(
      'tbody',
      {},
      ...Object.entries(of).map(([name, value]) =>
        h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, value)),
      ),
    ),
  )
}
