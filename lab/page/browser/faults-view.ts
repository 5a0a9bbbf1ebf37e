/** Faults to start and stop: what each does, which alert is promised, and what has come of it. */
import { formatValue } from '../model/units.ts'
import { getJson, prometheus, send } from './api.ts'
import { h } from './dom.ts'
import type { View } from './view.ts'

interface Fault {
  id: string
  title: string
  breaks: string
  does: string
  intensity: { unit: string; means: string; min: number; max: number; default: number }
  targets: Readonly<Record<string, readonly string[]>>
  duration: { default: number; max: number }
  alert: { name: string; within: number }
}

interface Running {
  fault?: string
  id?: string
  target: string
  intensity?: number
  endsAt?: string
}

interface Answer {
  faults: Fault[]
  processes: { role: string; isThere: boolean; running?: Running[]; unreachable?: string }[]
}

export async function faultsView(host: HTMLElement): Promise<View> {
  document.title = 'Faults · Sightline'
  const status = h('div', { class: 'problems', role: 'status' })
  const content = h('div', { class: 'page' })
  host.replaceChildren(
    h(
      'div',
      { class: 'head' },
      h('h1', {}, 'Faults'),
      h('p', {}, 'Break the shop in a known way and see which alert notices. Every fault ends by itself.'),
    ),
    status,
    content,
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  const cards = new Map<string, Card>()
  const refresh = async () => {
    clearTimeout(timer)
    try {
      const [answer, firing] = await Promise.all([getJson<Answer>('/lab/api/faults'), firingAlerts()])
      if (cards.size === 0) {
        for (const fault of answer.faults) cards.set(fault.id, card(fault, refresh, fail))
        content.replaceChildren(
          h('div', { class: 'faults' }, ...[...cards.values()].map(({ element }) => element)),
        )
      }
      const away = answer.processes.filter(({ unreachable }) => unreachable !== undefined)
      status.replaceChildren(...away.map(({ role, unreachable }) => h('p', {}, `${role}: ${unreachable}`)))
      const running = answer.processes.flatMap(process => process.running ?? [])
      for (const [id, each] of cards)
        each.show(
          running.filter(one => (one.fault ?? one.id) === id),
          firing,
        )
    } catch (error) {
      fail(error)
    }
    if (!isStopped) timer = setTimeout(refresh, 3000)
  }
  const fail = (error: unknown) =>
    status.replaceChildren(h('p', { role: 'alert' }, error instanceof Error ? error.message : String(error)))
  await refresh()
  return {
    redraw() {},
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

async function firingAlerts(): Promise<ReadonlySet<string>> {
  const { alerts } = await prometheus<{ alerts: { labels: { alertname: string }; state: string }[] }>(
    'alerts',
    {},
  )
  return new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))
}

interface Card {
  element: HTMLElement
  show(running: readonly Running[], firing: ReadonlySet<string>): void
}

function card(fault: Fault, refresh: () => Promise<void>, fail: (error: unknown) => void): Card {
  const { id, title, does, breaks, intensity, duration, alert } = fault
  const target = h(
    'select',
    { name: 'target' },
    ...Object.keys(fault.targets).map(each => h('option', { value: each }, each === '*' ? 'all' : each)),
  )
  const strength = number('intensity', intensity.default, intensity.min, intensity.max)
  const seconds = number('duration', duration.default, 1, duration.max)
  const state = h('p', { class: 'state', role: 'status' })
  const start = h('button', { type: 'submit', class: 'primary' }, 'Start')
  const stop = h(
    'button',
    { type: 'button', hidden: true, onclick: () => act(() => send('DELETE', `/lab/api/faults/${id}`)) },
    'Stop',
  )
  const act = async (action: () => Promise<unknown>) => {
    start.disabled = true
    try {
      await action()
      await refresh()
    } catch (error) {
      fail(error)
    } finally {
      start.disabled = false
    }
  }
  const begin = (event: Event) => {
    event.preventDefault()
    const body = { target: target.value, intensity: Number(strength.value), duration: Number(seconds.value) }
    act(() => send('POST', `/lab/api/faults/${id}`, body))
  }
  const isSwitch = intensity.unit === 'switch'
  const element = h(
    'article',
    { class: 'fault', 'data-fault': id },
    h('h2', {}, title),
    h('p', {}, does),
    h('p', { class: 'note' }, `Takes away: ${breaks}`),
    h(
      'form',
      { onsubmit: begin },
      target.options.length > 1 && h('label', {}, 'Target', target),
      !isSwitch &&
        h(
          'label',
          { title: intensity.means },
          intensity.unit === 'ratio' ? 'Share' : `Intensity, ${intensity.unit}`,
          strength,
        ),
      h('label', {}, 'Lasts, seconds', seconds),
      start,
      stop,
    ),
    h(
      'p',
      { class: 'note' },
      'Expect ',
      h('a', { href: `/runbooks/${encodeURIComponent(alert.name)}` }, alert.name),
      ` within ${formatValue(alert.within, 'dtdurations', 1)}.`,
    ),
    state,
  )
  return {
    element,
    show(running, firing) {
      const isRunning = running.length > 0
      element.classList.toggle('running', isRunning)
      stop.hidden = !isRunning
      const left =
        running[0]?.endsAt === undefined ? undefined : (Date.parse(running[0].endsAt) - Date.now()) / 1000
      const ends =
        left === undefined ? '' : `, ends in ${formatValue(Math.max(0, Math.round(left)), 'dtdurations', 1)}`
      const notice = firing.has(alert.name)
        ? `${alert.name} fires`
        : isRunning
          ? `${alert.name} does not fire yet`
          : ''
      state.textContent = [isRunning ? `Running on ${running[0]!.target}${ends}` : '', notice]
        .filter(Boolean)
        .join('. ')
    },
  }
}

const number = (name: string, value: number, min: number, max: number) =>
  h('input', { type: 'number', name, value, min, max, step: 'any', required: true })
