/** The dots of single requests on a latency panel; each leads to its trace and the log lines of it. */
import type uPlot from 'uplot'
import { dateText } from '../../model/time.ts'
import { formatValue } from '../../model/units.ts'
import type { Exemplar, PanelData } from '../data.ts'
import { h } from '../dom.ts'

/** Dots nearer than this on the time axis hide each other, so of those the slowest request stays. */
const room = 10

/** `heightOf` says where on the axis a value stands, where the axis is not in the unit of the value. */
export function drawExemplars(
  plot: uPlot,
  { exemplars, range }: PanelData,
  heightOf = (value: number) => value,
): void {
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
    const top = plot.valToPos(Math.min(max, Math.max(min, heightOf(exemplar.value))), 'y')
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
