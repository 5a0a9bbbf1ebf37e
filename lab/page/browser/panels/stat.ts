/** Big numbers, with the color of their threshold and, where the panel says so, their course behind them. */
import { textOn, withOpacity } from '../../model/colors.ts'
import { coursePoints } from '../../model/course.ts'
import type { TimeRange } from '../../model/time.ts'
import { h, svg } from '../dom.ts'
import { option, type PanelContext, sayNothing } from './panel.ts'
import { earlierText, linked, type Single, singles } from './values.ts'

export function stat(context: PanelContext): void {
  const { body, panel } = context
  const all = singles(context)
  if (all.length === 0 || all.every(({ value }) => value === null)) {
    sayNothing(context)
    return
  }
  const { width, height } = body.getBoundingClientRect()
  const isWide = option<string>(panel, 'orientation') === 'vertical' || width > height * 1.2
  const columns = isWide ? Math.min(all.length, Math.max(1, Math.floor(width / 90))) : 1
  const rows = Math.ceil(all.length / columns)
  const box = { width: width / columns - 8, height: height / rows - 8 }
  body.replaceChildren(
    h(
      'div',
      { class: 'stats', style: { 'grid-template-columns': `repeat(${columns}, 1fr)` } },
      ...all.map(single => tile(single, context, box, all.length)),
    ),
  )
}

function tile(
  single: Single,
  { panel, data }: PanelContext,
  box: { width: number; height: number },
  count: number,
): HTMLElement {
  const textMode = option<string>(panel, 'textMode') ?? 'auto'
  const hasName = textMode === 'value_and_name' || textMode === 'name' || (textMode === 'auto' && count > 1)
  const colorMode = option<string>(panel, 'colorMode') ?? 'value'
  const isFilled = colorMode.startsWith('background') && single.color !== 'transparent'
  const nameHeight = hasName ? Math.min(18, box.height * 0.24) : 0
  const valueSize = Math.max(
    14,
    Math.min((box.width / Math.max(3, single.text.length)) * 1.25, (box.height - nameHeight) * 0.6, 64),
  )
  const color = isFilled ? textOn(single.color) : colorMode === 'none' ? 'inherit' : single.color
  const element = linked(
    single,
    isFilled ? 'stat filled' : 'stat',
    option<string>(panel, 'graphMode') === 'area' && course(single, data.range),
    hasName &&
      h(
        'div',
        { class: 'stat-name', style: { 'font-size': `${Math.max(11, nameHeight * 0.8)}px` } },
        single.name,
      ),
    textMode !== 'name' &&
      h('div', { class: 'stat-value', style: { 'font-size': `${valueSize}px` } }, single.text),
    earlierText(single),
  )
  element.style.color = color
  if (isFilled) element.style.background = single.color
  return element
}

function course({ times, values, color, earlier }: Single, range: TimeRange): SVGElement | undefined {
  const now = coursePoints({ times, values }, range)
  if (now.length < 2) return undefined
  const before = earlier === undefined ? [] : coursePoints(earlier, range)
  const all = [...now, ...before].map(([, value]) => value)
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const y = (value: number) => (high === low ? 20 : 38 - ((value - low) / (high - low)) * 34)
  const line = (of: typeof now) =>
    of.map(([x, value]) => `${(x * 100).toFixed(2)},${y(value).toFixed(2)}`).join(' L')
  const stroke = (of: typeof now, dash?: string) =>
    svg('path', {
      ...{ d: `M${line(of)}`, fill: 'none', stroke: color, 'stroke-width': 1.5 },
      ...{ 'stroke-dasharray': dash, 'vector-effect': 'non-scaling-stroke' },
    })
  const [first, last] = [now[0]![0], now.at(-1)![0]].map(x => (x * 100).toFixed(2))
  return svg(
    'svg',
    { class: 'course', viewBox: '0 0 100 40', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('path', { d: `M${first},40 L${line(now)} L${last},40 Z`, fill: withOpacity(color, 0.18) }),
    stroke(now),
    before.length > 1 && stroke(before, '4 3'),
  )
}
