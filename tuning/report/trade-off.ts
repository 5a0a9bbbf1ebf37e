/** Each policy as a dot: how soon it pages, and how often about nothing. The best stand at the lower left. */
import { roundedDuration } from '../../contract/durations.ts'
import type { Row } from '../score/board.ts'
import { ending, escaped } from './escape.ts'

const [width, height, left, bottom] = [1100, 300, 60, 40]

export function tradeOff(rows: readonly Row[]): string {
  const dots = rows.flatMap(({ policy, figures: { pageDetection, falsePagesPerWeek } }) =>
    pageDetection === undefined || falsePagesPerWeek === undefined
      ? []
      : [{ policy, seconds: Math.max(1, pageDetection.mean), pages: falsePagesPerWeek.mean }],
  )
  const without = rows.filter(({ policy }) => !dots.some(dot => dot.policy === policy))
  const note =
    without.length === 0
      ? ''
      : `<p>Not shown, as it never paged: ${escaped(without.map(({ policy }) => policy).join(', '))}</p>`
  if (dots.length === 0) return note
  const longest = Math.max(...dots.map(({ seconds }) => seconds), 60)
  const shortest = Math.min(...dots.map(({ seconds }) => seconds))
  const most = Math.max(...dots.map(({ pages }) => pages), 0.1)
  const across = Math.log(longest / shortest) || 1
  const x = (seconds: number) => left + 20 + (Math.log(seconds / shortest) / across) * (width - left - 220)
  const y = (pages: number) => height - bottom - Math.sqrt(pages / most) * (height - bottom - 20)
  const labels = apart(dots.map(({ seconds, pages }) => ({ x: x(seconds), y: y(pages) })))
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Time until a page, and false pages a week, of each policy">
<line class="grid" x1="${left}" x2="${width}" y1="${height - bottom}" y2="${height - bottom}"/>
<line class="grid" x1="${left}" x2="${left}" y1="0" y2="${height - bottom}"/>
<text x="0" y="14">${most.toFixed(1)}</text><text x="0" y="${height - bottom}">0</text>
<text x="0" y="${height / 2}">false/w</text>
<text x="${left + 20}" y="${height - bottom + 18}">${roundedDuration(shortest)}</text>
<text x="${x(longest)}" y="${height - bottom + 18}">${roundedDuration(longest)}</text>
<text x="${width / 2 - 200}" y="${height - 6}">page after, on a logarithmic scale; false pages a week upwards, by their square root</text>
${dots
  .map(({ policy, seconds, pages }, i) => {
    const said = escaped(
      `${policy}: pages after ${roundedDuration(seconds)}, ${pages.toFixed(2)} false pages a week`,
    )
    return `<circle cx="${x(seconds).toFixed(1)}" cy="${y(pages).toFixed(1)}" r="5"><title>${said}</title></circle><text x="${(x(seconds) + 9).toFixed(1)}" y="${labels[i]!.toFixed(1)}">${escaped(ending(policy))}</text>`
  })
  .join('\n')}
</svg>${note}`
}

/** Heights for the names of dots, moved up where they would lie on each other. */
function apart(dots: readonly { x: number; y: number }[]): number[] {
  const placed: { x: number; y: number }[] = []
  return dots.map(dot => {
    let y = dot.y + 4
    while (placed.some(other => Math.abs(other.x - dot.x) < 120 && Math.abs(other.y - y) < 13)) y -= 13
    placed.push({ x: dot.x, y })
    return y
  })
}
