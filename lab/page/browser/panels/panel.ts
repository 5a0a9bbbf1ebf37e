/** What every panel type gets, and how it says what it does not draw. */
import type { Panel } from '../../model/dashboard.ts'
import type { PanelData } from '../data.ts'
import { h } from '../dom.ts'

export interface PanelContext {
  panel: Panel
  /** Where it draws; its size is settled before. */
  body: HTMLElement
  data: PanelData
  /** Narrows the time range to what was selected, in milliseconds. */
  zoom: (from: number, to: number) => void
  /** Vertical marks over every time axis. */
  marks: readonly Mark[]
}

export interface Mark {
  from: number
  to: number
  color: string
  title: string
  text: string
}

export type Draw = (context: PanelContext) => void

/** `option(panel, 'legend.calcs')`; undefined where a part of the path is missing. */
export function option<T>(panel: Panel, path: string): T | undefined {
  let found: unknown = panel.options
  for (const key of path.split('.')) found = (found as Record<string, unknown> | undefined)?.[key]
  return found as T | undefined
}

export function say(body: HTMLElement, kind: 'empty' | 'error' | 'unsupported', text: string): void {
  body.replaceChildren(
    h(
      'div',
      { class: `said ${kind}`, ...(kind === 'error' && { role: 'alert' }) },
      text.includes('\n') ? h('pre', {}, text) : h('p', {}, text),
    ),
  )
}

export function sayNothing({ body, panel }: PanelContext): void {
  say(body, 'empty', panel.fieldConfig?.defaults?.noValue ?? 'No data')
}

/** A line under a plot that says what is drawn; none takes it away. */
export function captionOf(body: HTMLElement, text: string | undefined): void {
  const known = body.querySelector<HTMLElement>(':scope > .caption')
  if (text === undefined) known?.remove()
  else if (known === null) body.append(h('p', { class: 'caption' }, text))
  else known.textContent = text
}
