/** A horizontal bar for each series. */
import { withOpacity } from '../../model/colors.ts'
import { h } from '../dom.ts'
import { option, type PanelContext, sayNothing } from './panel.ts'
import { earlierText, linked, shareOf, singles } from './values.ts'

export function bargauge(context: PanelContext): void {
  const { body, panel } = context
  const all = singles(context).filter(({ value }) => value !== null)
  if (all.length === 0) {
    sayNothing(context)
    return
  }
  const numbers = all.map(({ value }) => Number(value)).filter(Number.isFinite)
  const largest = Math.max(...numbers, Number.MIN_VALUE)
  const height = Math.min(Math.max(30, body.clientHeight / all.length - 6), 72)
  const isFilled = option<boolean>(panel, 'showUnfilled') !== false
  body.replaceChildren(
    h(
      'div',
      { class: 'bars' },
      ...all.map(single => {
        const share = shareOf(single.value, single.config, single.config.max ?? largest)
        const row = linked(
          single,
          'bar',
          h('div', { class: 'bar-name' }, single.name, earlierText(single)),
          h(
            'div',
            { class: 'bar-line' },
            h(
              'div',
              { class: isFilled ? 'bar-track' : 'bar-track bare' },
              h('div', {
                class: 'bar-fill',
                style: {
                  width: `${(share * 100).toFixed(2)}%`,
                  background: withOpacity(single.color, 0.35),
                  'border-color': single.color,
                },
              }),
            ),
            h('div', { class: 'bar-value', style: { color: single.color } }, single.text),
          ),
        )
        row.style.height = `${height}px`
        return row
      }),
    ),
  )
}
