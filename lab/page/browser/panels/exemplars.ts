/** The dots of single requests on a latency panel; each leads to its trace and the log lines of it. */
import type uPlot from 'uplot'
import { dateText } from '../../model/time.ts'
import { formatValue } from '../../model/units.ts'
import type { Exemplar, PanelData } from '../data.ts'
import { h } from '../dom.ts'

/** Dots nearer than this on the time axis hide each other, so of those the slowest request stays. */
const room = 10

interface Held {
  data: PanelData
  /** Where on the axis a value stands, where the axis is not in the unit of the value. */
  heightOf: (value: number) => number
}

const held = new WeakMap<uPlot, Held>()

/** Keeps what `placeExemplars` draws: a new chart knows its scales only when it is first drawn. */
export function setExemplars(plot: uPlot, data: PanelData, heightOf = (value: number) => value): void {
  held.set(plot, { data, heightOf })
  if (plot.status === 1) placeExemplars(plot)
}

export function placeExemplars(plot: uPlot): void {
  const found = held.get(plot)
  if (found === undefined) return
  const { exemplars, range } = found.data
  plot.over.querySelector('.exemplars')?.remove()
  if (exemplars.length === 0) return
  const slowest = new Map<number, Exemplar>()
  for (const exemplar of exemplars) {
    const place = Math.floor(plot.valToPos(exemplar.time / 1000, 'x') / room)
    const known = slowest.get(place)
    if (known === undefined || known.value < exemplar.value) slowest.set(place, exemplar)
  }
  const { max = 1, min = 0 } = plot.scales.y!
  const dots = [...slowest.values()].flatMap(exemplar => {
    const left = plot.valToPos(exemplar.time / 1000, 'x')
    if (left < 0 || left > plot.over.clientWidth) return []
    const top = plot.valToPos(Math.min(max, Math.max(min, found.heightOf(exemplar.value))), 'y')
    const title = `Trace ${exemplar.traceId}: ${formatValue(exemplar.value, 's')} at ${dateText(exemplar.time)}`
    return [
      h('a', {
        class: 'exemplar',
        href: traceHref(exemplar.traceId, range),
        title,
        'aria-label': title,
        style: { left: `${left}px`, top: `${top}px` },
      }),
    ]
  })
  plot.over.append(h('div', { class: 'exemplars' }, ...dots))
}

/** The view of one request: its trace, and what was logged for it. */
export function traceHref(traceId: string, { from, to }: { from: number; to: number }): string {
  return `/d/sightline-investigate?var-trace=${encodeURIComponent(traceId)}&from=${Math.floor(from)}&to=${Math.ceil(to)}#trace`
}
