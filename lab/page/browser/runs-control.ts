/** What is drawn under the present span, and the spans that are kept under a name. */
import { type Earlier, earlierChoices, type Run } from '../model/compare.ts'
import type { RawRange } from '../model/dashboard.ts'
import { dateText, resolveRange } from '../model/time.ts'
import { change, parameters } from './address.ts'
import { getJson, send } from './api.ts'
import { h, icon, menu } from './dom.ts'

export const listRuns = async () => (await getJson<{ runs: Run[] }>('/lab/api/runs')).runs

interface RunsControl {
  range: RawRange
  /** Undefined where the present is shown alone. */
  earlier: Earlier | undefined
  runs: readonly Run[]
  /** After the address or the runs are others. */
  changed: () => void
}

export function runsControl(control: RunsControl): HTMLElement {
  const { earlier } = control
  const text = earlier === undefined ? 'Compare' : `Compared with ${earlier.name}`
  const button = h(
    'button',
    { type: 'button', class: earlier === undefined ? 'choose' : 'choose compared', 'aria-label': text },
    h('span', {}, text),
    icon('chevron'),
  )
  return menu(button, () => choices(control))
}

function choices({ range, runs, changed }: RunsControl): HTMLElement {
  const asked = parameters().get('compare')
  const compare = (value: string | null) => {
    change({ compare: value })
    changed()
  }
  const item = (value: string | null, name: string) =>
    h(
      'button',
      {
        type: 'button',
        role: 'menuitemradio',
        'aria-checked': String(value === asked),
        onclick: () => compare(value),
      },
      name,
    )
  return h(
    'div',
    { class: 'runs' },
    h(
      'div',
      { role: 'menu', 'aria-label': 'Compare with' },
      item(null, 'Nothing'),
      ...earlierChoices.map(([value, name]) => item(value, name)),
    ),
    runs.length > 0 && h('h3', {}, 'Pinned runs'),
    ...runs.map(run => runRow(run, item(run.id, run.name), asked === run.id, changed)),
    pinForm(range, changed),
  )
}

function runRow(run: Run, choose: HTMLElement, isCompared: boolean, changed: () => void): HTMLElement {
  const show = () => {
    change({ from: `${run.from}`, to: `${run.to}`, compare: null })
    changed()
  }
  const remove = async (event: Event) => {
    await orSay(event, async () => {
      await send('DELETE', `/lab/api/runs/${encodeURIComponent(run.id)}`)
      if (isCompared) change({ compare: null })
      changed()
    })
  }
  choose.title = `${dateText(run.from)} to ${dateText(run.to)}`
  const tool = (text: string, onclick: (event: Event) => unknown) =>
    h('button', { type: 'button', class: 'small', 'aria-label': `${text} ${run.name}`, onclick }, text)
  return h('div', { class: 'run' }, choose, tool('Show', show), tool('Unpin', remove))
}

function pinForm(range: RawRange, changed: () => void): HTMLElement {
  const name = h('input', {
    ...{ type: 'text', name: 'run', maxlength: 100, required: true },
    ...{ placeholder: 'such as: before the fix', 'aria-label': 'Name of the run' },
  })
  const which = h(
    'select',
    { 'aria-label': 'Which time' },
    h('option', { value: 'shown' }, 'The time that is shown'),
    h('option', { value: 'run' }, 'Since the lab was started'),
  )
  const pin = (event: Event) =>
    orSay(event, async () => {
      event.preventDefault()
      const span = which.value === 'shown' ? resolveRange(range, Date.now()) : await sinceTheStart()
      const [from, to] = [Math.round(span.from), Math.round(span.to)]
      await send('POST', '/lab/api/runs', { name: name.value, from, to })
      changed()
    })
  return h(
    'form',
    { class: 'pin', onsubmit: pin },
    h('h3', {}, 'Pin a run'),
    which,
    name,
    h('button', { type: 'submit', class: 'primary' }, 'Pin'),
    h('p', { class: 'note', role: 'alert', hidden: true }),
  )
}

async function sinceTheStart(): Promise<{ from: number; to: number }> {
  const { startedAt } = await getJson<{ startedAt: string }>('/lab/api/status')
  return { from: Date.parse(startedAt), to: Date.now() }
}

/** What goes wrong is said in the list itself. */
async function orSay(event: Event, act: () => Promise<void>): Promise<void> {
  const place = (event.target as Element).closest('.runs')?.querySelector<HTMLElement>('.note')
  try {
    await act()
  } catch (error) {
    if (!place) throw error
    place.hidden = false
    place.textContent = error instanceof Error ? error.message : String(error)
  }
}
