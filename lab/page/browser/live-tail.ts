/** Log lines as they come in, over the WebSocket of Loki's tail. */
import { type LogLine, linesOf, type Stream } from '../model/logs.ts'
import { parameters } from './address.ts'
import { h } from './dom.ts'
import { logs } from './panels/logs.ts'
import type { PanelContext } from './panels/panel.ts'

interface LiveTail {
  element: HTMLElement
  stop(): void
}

interface Told {
  streams?: Stream[]
  dropped_entries?: unknown[]
}

/** As many as the list draws. */
const mostKept = 300
const drawAfter = 200

export function liveTail(query: string): LiveTail {
  const body = h(
    'div',
    { class: 'panel-body' },
    h('div', { class: 'said empty' }, h('p', {}, 'Waiting for lines')),
  )
  const state = h('p', { class: 'note', role: 'status' }, 'Connecting')
  const pause = h(
    'button',
    { type: 'button', class: 'choose', 'aria-pressed': 'false', onclick: toggle },
    'Pause',
  )
  const panel = { id: 0, type: 'logs', title: 'Live' }
  const element = h(
    'section',
    {
      class: 'panel live',
      'data-panel': '0',
      'data-type': 'logs',
      'data-state': 'loading',
      'aria-label': 'Live',
    },
    h('header', {}, h('h3', {}, 'Live'), state, pause),
    body,
  )
  let lines: LogLine[] = []
  let isPaused = false
  let isStopped = false
  let came = 0
  let dropped = 0
  let drawing: ReturnType<typeof setTimeout> | undefined
  const address = new URL('/loki/api/v1/tail', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  address.search = String(new URLSearchParams({ query, limit: '100' }))
  const socket = new WebSocket(address)

  function toggle(): void {
    isPaused = !isPaused
    pause.textContent = isPaused ? 'Go on' : 'Pause'
    pause.setAttribute('aria-pressed', String(isPaused))
    draw()
  }

  function draw(): void {
    drawing = undefined
    say()
    if (isPaused || lines.length === 0) return
    const now = Date.now()
    const range = { from: Math.min(now, lines.at(-1)!.time) - 1000, to: now }
    const data = {
      frames: [],
      range,
      step: 1000,
      exemplars: [],
      lines,
      spans: [],
      edges: [],
      earlier: undefined,
    }
    const scope = { variables: new Map<string, never>(), builtIns: {} }
    const context: PanelContext = { panel, body, data: { ...data, scope }, zoom: () => {}, marks: [] }
    logs(context)
    element.dataset.state = 'drawn'
  }

  function say(ended?: string): void {
    if (ended === undefined && socket.readyState !== socket.OPEN) return
    const count = `${came.toLocaleString('en')} ${came === 1 ? 'line' : 'lines'} came`
    const lost =
      dropped === 0 ? '' : `, ${dropped.toLocaleString('en')} were dropped because they came too fast`
    state.textContent = `${count}${lost}${isPaused ? '; paused, and still taken in' : ''}${ended === undefined ? '' : `. ${ended}`}`
  }

  socket.addEventListener('open', () => say())
  socket.addEventListener('message', ({ data }) => {
    const { streams = [], dropped_entries = [] } = JSON.parse(String(data)) as Told
    const fresh = linesOf(streams)
    came += fresh.length
    dropped += dropped_entries.length
    lines = [...fresh, ...lines].toSorted((a, b) => b.time - a.time).slice(0, mostKept)
    drawing ??= setTimeout(draw, drawAfter)
  })
  socket.addEventListener('close', ({ code, reason }) => {
    if (isStopped) return
    clearTimeout(drawing)
    draw()
    say(`The connection ended (${reason || code}); run the query again to go on.`)
    if (lines.length === 0) element.dataset.state = 'error'
  })
  return {
    element,
    stop() {
      isStopped = true
      clearTimeout(drawing)
      socket.close()
    },
  }
}

export const isLive = () => parameters().get('live') === 'on'
