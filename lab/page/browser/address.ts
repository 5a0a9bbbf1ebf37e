/** What is shown stands in the address, as Grafana writes it, so every view can be linked to. */
import type { RawRange } from '../model/dashboard.ts'

export function parameters(): URLSearchParams {
  return new URLSearchParams(location.search)
}

export function rangeInAddress(): RawRange | undefined {
  const query = parameters()
  const from = query.get('from')
  return from === null ? undefined : { from, to: query.get('to') ?? 'now' }
}

/** Goes to another view of this page without loading it anew. */
export function goTo(href: string): void {
  history.pushState(null, '', href)
  dispatchEvent(new Event('view'))
}

/** Changes parameters and stays on the view; null removes one. */
export function change(
  changes: Readonly<Record<string, string | readonly string[] | null>>,
  isNew = true,
): void {
  const query = parameters()
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name)
    if (value !== null) for (const each of [value].flat()) query.append(name, each)
  }
  const href = query.size === 0 ? location.pathname : `${location.pathname}?${query}`
  history[isNew ? 'pushState' : 'replaceState'](null, '', href)
}

const views = /^\/($|d\/|explore|alerts|alerting|faults)/

/** Links to views of this page are followed here; whatever else is a link is the browser's. */
export function followLinks(): void {
  document.addEventListener('click', event => {
    const anchor = (event.target as Element).closest?.('a')
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    if (!anchor || !isPlain || anchor.target === '_blank' || event.defaultPrevented) return
    const url = new URL(anchor.href, location.href)
    if (url.origin !== location.origin || !views.test(url.pathname)) return
    event.preventDefault()
    const isHere = url.pathname === location.pathname && url.search === location.search
    // A place of this view is gone to without drawing it anew.
    if (isHere && url.hash !== '') document.getElementById(url.hash.slice(1))?.focus()
    else goTo(url.pathname + url.search + url.hash)
  })
  addEventListener('popstate', () => dispatchEvent(new Event('view')))
}
