/** The legend of a time series: a list or a table with values; a click shows one series alone. */
import { differenceOf } from '../../model/compare.ts'
import { display } from '../../model/display.ts'
import { calcTitles, reduce } from '../../model/reduce.ts'
import { h } from '../dom.ts'
import type { Line } from './line.ts'
import { option, type PanelContext } from './panel.ts'

export function drawLegend(
  host: HTMLElement,
  { panel, body, data }: PanelContext,
  lines: readonly Line[],
  hidden: Set<string>,
  changed: () => void,
): void {
  const isShown = option<boolean>(panel, 'legend.showLegend') !== false
  const calcs = option<string[]>(panel, 'legend.calcs') ?? []
  const isTable = option<string>(panel, 'legend.displayMode') === 'table'
  body.classList.toggle('legend-right', option<string>(panel, 'legend.placement') === 'right')
  const listed = lines.filter(
    ({ config }) => (config.custom?.hideFrom as { legend?: boolean } | undefined)?.legend !== true,
  )
  if (!isShown || listed.length === 0) {
    host.replaceChildren()
    return
  }
  const value = (line: Line, calc: string) => reduce(line.values, calc)
  const sorted =
    calcs.length === 0
      ? listed
      : listed.toSorted(
          (a, b) => Number(value(b, calcs[0]!) ?? -Infinity) - Number(value(a, calcs[0]!) ?? -Infinity),
        )
  const texts = (line: Line) =>
    calcs.map(calc => display(value(line, calc), { ...line.config, mappings: [] }).text)
  // The mean tells two spans apart where the panel names no number.
  const [compared = 'mean'] = calcs
  const title = data.earlier && `${calcTitles[compared] ?? compared}, compared with ${data.earlier.name}`
  const change = (line: Line) => differenceOf(line.values, line.earlier ?? [], compared)
  const changeTitle = ({ earlier = [], config }: Line) =>
    `${title}: ${display(reduce(earlier, compared), { ...config, mappings: [] }).text} then`
  const name = (line: Line) => nameButton(line, lines, hidden, changed)
  host.classList.toggle('as-table', isTable)
  host.replaceChildren(
    isTable
      ? h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', {}, 'Name'),
              ...calcs.map(calc => h('th', { class: 'number' }, calcTitles[calc] ?? calc)),
              title && h('th', { class: 'number', title }, 'Change'),
            ),
          ),
          h(
            'tbody',
            {},
            ...sorted.map(line =>
              h(
                'tr',
                {},
                h('td', {}, name(line)),
                ...texts(line).map(text => h('td', { class: 'number' }, text)),
                title && h('td', { class: 'number change', title: changeTitle(line) }, change(line)),
              ),
            ),
          ),
        )
      : h(
          'ul',
          {},
          ...sorted.map(line =>
            h(
              'li',
              {},
              name(line),
              ...texts(line).map((text, at) =>
                h('span', { class: 'calc' }, `${calcTitles[calcs[at]!]}: ${text}`),
              ),
              title && h('span', { class: 'calc change', title: changeTitle(line) }, change(line)),
            ),
          ),
        ),
  )
}

function nameButton(
  line: Line,
  lines: readonly Line[],
  hidden: Set<string>,
  changed: () => void,
): HTMLElement {
  const toggle = (event: MouseEvent) => {
    const others = lines.filter(({ name }) => name !== line.name)
    const isAlone = !hidden.has(line.name) && others.every(({ name }) => hidden.has(name))
    if (event.ctrlKey || event.metaKey) {
      if (!hidden.delete(line.name)) hidden.add(line.name)
    } else if (isAlone) hidden.clear()
    else {
      hidden.clear()
      for (const { name } of others) hidden.add(name)
    }
    changed()
  }
  return h(
    'button',
    {
      class: 'series',
      type: 'button',
      'aria-pressed': String(!hidden.has(line.name)),
      title: line.name,
      onclick: toggle,
    },
    h('span', { class: 'swatch', style: { background: line.color } }),
    line.name || 'Value',
  )
}
