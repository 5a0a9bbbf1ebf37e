/** The playground: what is dragged is simulated again coarsely at once, and exactly as soon as it rests. */
import './style.css'
import { h, icon } from '../../../lab/page/browser/dom.ts'
import type { Resolution } from '../../clock.ts'
import { readState, type State, usualState, writeState } from '../state.ts'
import { controls } from './controls.ts'
import { results } from './results.ts'
import { type Answer, askWorker, type Request, serveRequests } from './worker.ts'

/** The same script runs in the page and, from a blob, in its workers. */
if (typeof document === 'undefined') serveRequests()
else begin()

function begin(): void {
  const source = URL.createObjectURL(
    new Blob([document.currentScript!.textContent!], { type: 'text/javascript' }),
  )
  setTheme()
  let state = usualState()
  let isFirst = true
  let changedAt = 0
  let rest: ReturnType<typeof setTimeout> | undefined
  const place = h('aside')
  const shown = h('div', { class: 'results' })
  const status = h('p', { class: 'status note', role: 'status' }, 'Simulating …')
  const problems = h('div', { class: 'warnings', role: 'alert', hidden: true })
  const open = new Set(['definition'])

  const ask: Record<Resolution, (request: Request) => void> = {
    '1m': askWorker(source, show),
    '15s': askWorker(source, show),
  }

  function show(answer: Answer, asked: Request): void {
    if (asked.resolution === '1m' ? shown.dataset.state === writeState(asked.state) : asked.state !== state)
      return
    if ('error' in answer) {
      tellProblems([`The simulation failed: ${answer.error}`])
      return
    }
    for (const each of shown.querySelectorAll('details')) {
      if (each.open) open.add(each.dataset.text!)
      else open.delete(each.dataset.text!)
    }
    const focused = document.activeElement?.closest('.spans') ? document.activeElement.textContent : undefined
    shown.replaceChildren(...results(answer.played, asked.state, incident => choose({ ...state, incident })))
    for (const each of shown.querySelectorAll('details')) each.open = open.has(each.dataset.text!)
    for (const each of shown.querySelectorAll<HTMLElement>('.spans button'))
      if (each.textContent === focused) each.focus()
    const isExact = asked.resolution === '15s'
    if (isExact) shown.dataset.state = writeState(asked.state)
    shown.dataset.resolution = asked.resolution
    const took = Math.round(performance.now() - changedAt)
    shown.dataset.milliseconds ??= String(took)
    status.textContent = isExact
      ? `${asked.state.days} days, exactly as production has it: scraped every 15 s`
      : `${asked.state.days} days at one scrape a minute, simulated in ${took} ms; exactly in a moment`
  }

  function change(next: State, isDragging: boolean): void {
    // A slider tells of its last stop twice: when it gets there, and when it is let go.
    const isNew = isFirst || writeState(next) !== writeState(state)
    state = next
    if (isNew) {
      isFirst = false
      changedAt = performance.now()
      delete shown.dataset.state
      delete shown.dataset.milliseconds
      ask['1m']({ state, resolution: '1m' })
    }
    clearTimeout(rest)
    // Browsers let an address change only so often.
    rest = setTimeout(settle, isDragging ? 250 : 0)
  }

  function settle(): void {
    history.replaceState(null, '', `#${writeState(state)}`)
    ask['15s']({ state, resolution: '15s' })
  }

  /** A choice that the sliders follow. */
  function choose(next: State): void {
    const focused = (document.activeElement as HTMLInputElement | null)?.name
    place.replaceChildren(
      controls(next, (changed, isDragging) => {
        if (changed.slo !== state.slo || changed.scenario !== state.scenario) choose(changed)
        else change({ ...changed, incident: state.incident }, isDragging)
      }),
    )
    if (focused) place.querySelector<HTMLElement>(`[name="${CSS.escape(focused)}"]`)?.focus()
    change(next, false)
  }

  function tellProblems(texts: readonly string[]): void {
    problems.replaceChildren(...texts.map(text => h('p', {}, text)))
    problems.hidden = texts.length === 0
  }

  function readAddress(): void {
    const read = readState(location.hash)
    tellProblems(read.problems)
    choose(read.state)
  }

  const { home } = document.documentElement.dataset
  document.body.replaceChildren(
    h(
      'a',
      {
        class: 'skip',
        href: '#results',
        onclick: (event: Event) => {
          event.preventDefault()
          shown.focus()
        },
      },
      'To the results',
    ),
    h(
      'header',
      {},
      h('h1', {}, 'Alert tuning playground'),
      h('p', { class: 'note' }, 'Drag a window and see which incidents it would have told somebody of.'),
      home !== undefined && h('a', { href: home }, 'To the lab'),
      h(
        'button',
        { type: 'button', class: 'tool', 'aria-label': 'Dark or light', onclick: toggleTheme },
        icon('theme'),
      ),
    ),
    h('main', {}, place, h('div', { class: 'right' }, problems, status, shown)),
  )
  shown.tabIndex = -1
  addEventListener('hashchange', readAddress)
  readAddress()
}

function setTheme(): void {
  const usual = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
  document.documentElement.dataset.theme = kept() ?? usual
}

function toggleTheme(): void {
  const next = document.documentElement.dataset.theme === 'light' ? 'dark' : 'light'
  document.documentElement.dataset.theme = next
  try {
    localStorage.setItem('theme', next)
  } catch {
    // A file may not be allowed to keep anything.
  }
}

function kept(): 'light' | 'dark' | undefined {
  try {
    const theme = localStorage.getItem('theme')
    return theme === 'light' || theme === 'dark' ? theme : undefined
  } catch {
    return undefined
  }
}
