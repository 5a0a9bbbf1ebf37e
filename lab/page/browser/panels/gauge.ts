/** Arcs from the least to the greatest value, with the thresholds along their rim. */
import { cssColor } from '../../model/colors.ts'
import { h, svg } from '../dom.ts'
import { type PanelContext, sayNothing } from './panel.ts'
import { earlierText, linked, type Single, shareOf, singles } from './values.ts'

export function gauge(context: PanelContext): void {
  const all = singles(context)
  if (all.length === 0 || all.every(({ value }) => value === null)) {
    sayNothing(context)
    return
  }
  context.body.replaceChildren(
    h(
      'div',
      { class: 'gauges' },
      ...all.map(single =>
        linked(
          single,
          'gauge',
          dial(single),
          all.length > 1 && h('span', {}, single.name),
          earlierText(single),
        ),
      ),
    ),
  )
}

function dial(single: Single): SVGElement {
  const { config } = single
  const min = config.min ?? 0
  const max = config.max ?? (config.unit === 'percentunit' ? 1 : 100)
  const share = shareOf(single.value, { ...config, min }, max)
  const steps = config.thresholds?.steps ?? []
  return svg(
    'svg',
    { viewBox: '0 0 200 130', role: 'img', 'aria-label': `${single.name}: ${single.text}` },
    arc(0, 1, 78, 18, 'var(--track)'),
    share > 0 && arc(0, share, 78, 18, single.color),
    ...steps.map((step, at) => {
      const from = shareOf(step.value ?? min, { min }, max)
      const to = at + 1 < steps.length ? shareOf(steps[at + 1]!.value, { min }, max) : 1
      return to > from && arc(from, to, 91, 4, cssColor(step.color))
    }),
    svg(
      'text',
      { x: 100, y: 104, 'text-anchor': 'middle', class: 'gauge-value', fill: single.color },
      single.text,
    ),
  )
}

/** From `from` to `to`, each a share of the way round. */
function arc(from: number, to: number, radius: number, width: number, color: string): SVGElement {
  const point = (share: number) => {
    const angle = Math.PI * (1.1 * (share - 0.5) - 0.5)
    return `${(100 + radius * Math.cos(angle)).toFixed(2)} ${(100 + radius * Math.sin(angle)).toFixed(2)}`
  }
  const isLarge = (to - from) * 1.1 > 1 ? 1 : 0
  const d = `M${point(from)} A${radius} ${radius} 0 ${isLarge} 1 ${point(to)}`
  return svg('path', { d, fill: 'none', stroke: color, 'stroke-width': width })
}
