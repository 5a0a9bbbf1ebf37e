/** What happened in a month and what each policy said of it, as a picture: the whole month or a part of it. */
import type { Objective } from '../../alerts/objectives.ts'
import { roundedDuration } from '../../contract/durations.ts'
import type { Events } from '../scenarios/events.ts'
import type { Span } from '../scenarios/span.ts'
import { countsDelays, type Verdict } from '../score/judge.ts'
import { ending, escaped } from './escape.ts'

const [width, left, rowHeight, chartHeight] = [1100, 130, 22, 90]

export function monthChart(
  name: string,
  { sli, objective }: Pick<Objective, 'sli' | 'objective'>,
  { truth }: Pick<Events, 'truth'>,
  span: Span,
  length: number,
  rows: readonly PolicyRow[],
): string {
  const bad = countsDelays(sli) ? truth.slow : truth.failed
  const ratios = ratiosOver(truth.all, bad, span, length, width - left)
  const most = Math.max(...ratios.map(ratio => ratio ?? 0), 1 - objective / 100)
  const lines = ratios.map((ratio, i) =>
    ratio === undefined
      ? ''
      : `${left + i},${(chartHeight - (ratio / most) * (chartHeight - 10)).toFixed(1)}`,
  )
  return `<svg viewBox="0 0 ${width} ${chartHeight + heightOf(rows)}" role="img" aria-label="${escaped(`${name}: share of errors, and what each policy said`)}">
<text x="0" y="14">${percent(most)}</text><text x="0" y="${chartHeight}">0</text>
<line class="grid" x1="${left}" x2="${width}" y1="${chartHeight}" y2="${chartHeight}"/>
<polyline points="${lines.filter(Boolean).join(' ')}"/>
${policyRows(span, rows, chartHeight)}
</svg>`
}

/** Without the share of errors, where that is not known. */
export function toldChart(name: string, span: Span, rows: readonly PolicyRow[]): string {
  return `<svg viewBox="0 0 ${width} ${heightOf(rows)}" role="img" aria-label="${escaped(`${name}: what each policy said`)}">
${policyRows(span, rows, 0)}
</svg>`
}

interface PolicyRow {
  policy: string
  verdict: Verdict
}

function heightOf(rows: readonly PolicyRow[]): number {
  return 14 + rows.length * rowHeight
}

function policyRows(span: Span, rows: readonly PolicyRow[], top: number): string {
  const x = (seconds: number) =>
    left + Math.min(1, Math.max(0, (seconds - span.start) / (span.end - span.start))) * (width - left)
  const isShown = (from: number, to: number) => to >= span.start && from <= span.end
  const wide = (from: number, to: number) => Math.max(2, x(to) - x(from)).toFixed(1)
  const policyRow = ({ policy, verdict }: PolicyRow, index: number) => {
    const y = top + 14 + index * rowHeight
    const incidents = verdict.incidents
      .filter(({ start, end }) => isShown(start, end))
      .map(({ id, start, end, wanted, detection }) => {
        const told = detection === undefined ? 'nobody was told' : `told after ${roundedDuration(detection)}`
        return `<rect class="${detection === undefined ? 'missed' : 'incident'}" x="${x(start).toFixed(1)}" y="${y}" width="${wide(start, end)}" height="${rowHeight - 6}"><title>${escaped(`${id}, wants a ${wanted}: ${told}`)}</title></rect>`
      })
    const notifications = verdict.notifications
      .filter(({ from, to = verdict.end }) => isShown(from, to))
      .map(({ severity, from, to = verdict.end, incident }) => {
        const about = incident === undefined ? 'about nothing' : `about ${incident}`
        return `<rect class="${severity}${incident === undefined ? ' false' : ''}" x="${x(from).toFixed(1)}" y="${y + (severity === 'page' ? 2 : 9)}" width="${wide(from, to)}" height="5"><title>${escaped(`a ${severity} ${about}, for ${roundedDuration(to - from)}`)}</title></rect>`
      })
    return `<text x="0" y="${y + 12}">${escaped(ending(policy))}</text>${incidents.join('')}${notifications.join('')}`
  }
  return rows.map(policyRow).join('\n')
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))}%`
}

/** The share of bad events in each of so many equal parts of the span; undefined where nothing happened. */
function ratiosOver(
  all: Float64Array,
  bad: Float64Array,
  { start, end }: Span,
  length: number,
  parts: number,
): (number | undefined)[] {
  const last = all.length - 1
  const place = (part: number) => Math.round(((start + (part / parts) * (end - start)) / length) * last)
  return Array.from({ length: parts }, (_, part) => {
    const [from, to] = [place(part), place(part + 1)]
    const events = all[to]! - all[from]!
    return events === 0 ? undefined : (bad[to]! - bad[from]!) / events
  })
}

/** Colors come as variables of the page around it. */
export const chartStyle = `svg[role] { width: 100%; height: auto; display: block } svg[role] text { font: 12px system-ui, sans-serif; fill: var(--soft) }
polyline { fill: none; stroke: var(--plot); stroke-width: 1.2 } .grid { stroke: var(--line) } circle { fill: var(--plot) }
rect.incident { fill: var(--incident) } rect.missed { fill: var(--missed); stroke: var(--page); stroke-dasharray: 3 2 }
rect.page { fill: var(--page) } rect.ticket { fill: var(--ticket) } rect.false { fill: none; stroke-width: 1.5 }
rect.page.false { stroke: var(--page) } rect.ticket.false { stroke: var(--ticket) }
.legend b { display: inline-block; width: 1.4em; height: .7em; margin: 0 .3em 0 1em } .legend .incident { background: var(--incident) }
.legend .missed { background: var(--missed); outline: 1px dashed var(--page) } .legend .page { background: var(--page) }
.legend .ticket { background: var(--ticket) } .legend .false { outline: 1.5px solid var(--soft) }`
