/** Log lines, newest first; a line opens to show its fields, and its trace id leads to the trace. */

import type { LogLine } from '../../model/logs.ts'
import type { TimeRange } from '../../model/time.ts'
import { dateText } from '../../model/time.ts'
import { h } from '../dom.ts'
import { traceHref } from './exemplars.ts'
import { type PanelContext, sayNothing } from './panel.ts'

const most = 300

export function logs(context: PanelContext): void {
  const { body, data, panel } = context
  const lines = data.lines
  if (lines.length === 0) {
    sayNothing(context)
    return
  }
  const open = new Set([...body.querySelectorAll('details[open]')].map(each => each.getAttribute('data-key')))
  const scrolled = body.querySelector('.logs')?.scrollTop ?? 0
  const shown = lines.slice(0, most)
  const list = h(
    'div',
    { class: 'logs', tabindex: 0, role: 'region', 'aria-label': panel.title ?? 'Log lines' },
    ...shown.map(line => row(line, data.range, open)),
    lines.length > shown.length &&
      h(
        'p',
        { class: 'note' },
        `The newest ${shown.length} of ${lines.length} lines; narrow the time to see others.`,
      ),
  )
  body.replaceChildren(list)
  list.scrollTop = scrolled
}

function row(line: LogLine, range: TimeRange, open: ReadonlySet<string | null>): HTMLElement {
  const key = `${line.time} ${line.text}`
  const ms = String(Math.floor(line.time % 1000)).padStart(3, '0')
  const details = h(
    'details',
    { class: `log ${line.level}`, 'data-key': key, open: open.has(key) },
    h('summary', {}, h('time', {}, `${dateText(line.time)}.${ms}`), h('span', { class: 'line' }, line.text)),
  )
  const fill = () => {
    if (details.open && details.children.length === 1) details.append(fieldsOf(line, range))
  }
  details.addEventListener('toggle', fill)
  fill()
  return details
}

function fieldsOf({ fields }: LogLine, range: TimeRange): HTMLElement {
  const rows = Object.entries(fields).toSorted(([a], [b]) => a.localeCompare(b))
  return h(
    'table',
    { class: 'fields' },
    h(
      'tbody',
      {},
      ...rows.map(([name, value]) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          h('td', {}, name === 'trace_id' ? h('a', { href: traceHref(value, range) }, value) : value),
        ),
      ),
    ),
  )
}
