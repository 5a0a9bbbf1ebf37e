/** The conditions of each alert against their thresholds, as a picture: it may fire where all of its lines are above. */
import type { Drawn, Line } from '../score/result.ts'
import { ending, escaped } from './escape.ts'

const [width, left, height, gap] = [1100, 130, 56, 10]
/** The scale reaches from a hundredth of a threshold to a hundred times of it. */
const reach = 2
const colors = 6

export function burnChart(policy: string, { lines }: Drawn): string {
  if (lines.length === 0)
    return '<p>Its alerts compare nothing with a number, so there is nothing to draw.</p>'
  const alerts = [...Map.groupBy(lines, ({ alert, severity }) => `${severity} ${alert}`)]
  return `<svg viewBox="0 0 ${width} ${alerts.length * (height + gap)}" role="img" aria-label="${escaped(`${policy}: how near each condition was to its threshold`)}">
${alerts.map(([, own], index) => alertRow(own, index * (height + gap))).join('\n')}
</svg>
${alerts.map(([name, own]) => `<p class="legend">${escaped(name)}: ${own.map(legend).join(' ')}</p>`).join('\n')}`
}

function alertRow(lines: readonly Line[], top: number): string {
  const middle = top + height / 2
  const [{ alert }] = lines as [Line]
  const paths = lines.map((line, index) => `<path class="${classOf(index)}" d="${pathOf(line, top)}"/>`)
  return `<line class="grid" x1="${left}" x2="${width}" y1="${middle}" y2="${middle}"/>
<text x="0" y="${middle + 4}">${escaped(ending(alert))}</text>${paths.join('')}`
}

function legend({ condition }: Line, index: number): string {
  const text = condition.length > 120 ? `${condition.slice(0, 117)}…` : condition
  return `<b class="${classOf(index)}"></b>${escaped(text)}`
}

function classOf(index: number): string {
  return `line${index % colors}`
}

/** Whole numbers and relative steps, as a report has thousands of lines. */
function pathOf({ nearness }: Line, top: number): string {
  const step = (width - left) / nearness.length
  let path = ''
  let [lastX, lastY] = [0, 0]
  let isDown = false
  for (const [part, value] of nearness.entries()) {
    if (Number.isNaN(value)) {
      isDown = false
      continue
    }
    const [x, y] = [Math.round(left + part * step), top + heightOf(value)]
    // Between two neighbours at the same height it adds nothing.
    if (isDown && y === lastY && top + heightOf(nearness[part + 1] ?? Number.NaN) === y) continue
    path += isDown ? `l${x - lastX} ${y - lastY}` : `M${x} ${y}`
    ;[lastX, lastY, isDown] = [x, y, true]
  }
  return path
}

function heightOf(value: number): number {
  const powers = Math.min(reach, Math.max(-reach, Math.log10(value)))
  return Math.round((height / 2) * (1 - powers / reach))
}

export const burnStyle = `svg[role] path { fill: none; stroke-width: 1.3 } .legend { font-size: 13px }
${Array.from({ length: colors }, (_, index) => `path.line${index} { stroke: ${colorOf(index)} } .legend b.line${index} { background: ${colorOf(index)} }`).join('\n')}`

function colorOf(index: number): string {
  return `oklch(0.62 0.15 ${Math.round((index * 360) / colors + 20)})`
}
