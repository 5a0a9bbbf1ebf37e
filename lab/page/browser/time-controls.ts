/** Which time is shown, and how often it is asked anew. */
import type { RawRange } from '../model/dashboard.ts'
import { dateText, durationMs, rangeText, resolveRange } from '../model/time.ts'
import { change } from './address.ts'
import { closeMenu, h, icon, menu } from './dom.ts'

const lengths = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '24h', '2d', '7d', '30d']
const rates = ['', '5s', '10s', '30s', '1m', '5m']

interface TimeControls {
  range: RawRange
  refresh: string
  /** After the address has the new range or rate. */
  changed: () => void
  reload: () => void
}

export function timeControls({ range, refresh, changed, reload }: TimeControls): HTMLElement {
  const set = (from: string, to: string) => {
    change({ from, to })
    changed()
  }
  const text = rangeText(range)
  const button = h(
    'button',
    { type: 'button', class: 'choose', 'aria-label': `Time: ${text}` },
    icon('clock'),
    h('span', {}, text),
    icon('chevron'),
  )
  const wider = () => {
    const { from, to } = resolveRange(range, Date.now())
    const more = (to - from) / 2
    set(`${Math.round(from - more)}`, `${Math.round(Math.min(to + more, Date.now()))}`)
  }
  const rate = h(
    'button',
    { type: 'button', class: 'choose', 'aria-label': `Refresh: ${refresh || 'off'}` },
    refresh || 'Off',
    icon('chevron'),
  )
  const setRate = (next: string, event: Event) => {
    change({ refresh: next }, false)
    closeMenu(event.target)
    changed()
  }
  return h(
    'div',
    { class: 'time' },
    menu(button, () => rangeList(range, set)),
    h(
      'button',
      {
        type: 'button',
        class: 'tool',
        'aria-label': 'Show twice the time',
        title: 'Show twice the time',
        onclick: wider,
      },
      icon('zoom'),
    ),
    h(
      'button',
      { type: 'button', class: 'tool', 'aria-label': 'Refresh now', title: 'Refresh now', onclick: reload },
      icon('refresh'),
    ),
    menu(rate, () =>
      h(
        'div',
        { role: 'menu' },
        ...rates.map(each =>
          h(
            'button',
            { type: 'button', role: 'menuitem', onclick: (event: Event) => setRate(each, event) },
            each || 'Off',
          ),
        ),
      ),
    ),
  )
}

function rangeList(range: RawRange, set: (from: string, to: string) => void): HTMLElement {
  const now = resolveRange(range, Date.now())
  const from = h('input', {
    type: 'text',
    name: 'from',
    value: shown(range.from, now.from),
    'aria-label': 'From',
    spellcheck: 'false',
  })
  const to = h('input', {
    type: 'text',
    name: 'to',
    value: shown(range.to, now.to),
    'aria-label': 'To',
    spellcheck: 'false',
  })
  const form = h(
    'form',
    {
      onsubmit: (event: Event) => {
        event.preventDefault()
        set(written(from.value), written(to.value))
      },
    },
    h('label', {}, 'From', from),
    h('label', {}, 'To', to),
    h('button', { type: 'submit', class: 'primary' }, 'Apply'),
  )
  return h(
    'div',
    { class: 'ranges' },
    form,
    h(
      'div',
      { role: 'menu' },
      ...lengths.map(each =>
        h(
          'button',
          { type: 'button', role: 'menuitem', onclick: () => set(`now-${each}`, 'now') },
          rangeText({ from: `now-${each}`, to: 'now' }),
        ),
      ),
    ),
  )
}

const shown = (raw: string, ms: number) => (raw.startsWith('now') ? raw : dateText(ms))

/** A date as the reader writes it becomes milliseconds; `now-1h` stays. */
function written(text: string): string {
  const trimmed = text.trim()
  if (trimmed.startsWith('now') || /^\d{10,}$/.test(trimmed)) return trimmed
  const ms = Date.parse(trimmed.replace(' ', 'T'))
  return Number.isNaN(ms) ? 'now' : `${ms}`
}

export const refreshMs = (text: string) => (text === '' ? undefined : durationMs(text))
