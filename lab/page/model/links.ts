/** Where a link of a dashboard leads on this page. */
import type { DataLink } from './dashboard.ts'
import { type Field, type Frame, titleOf, type Value } from './frames.ts'
import { interpolate, type Scope } from './interpolate.ts'

export interface Place {
  title: string
  href: string
  isBlank: boolean
}

/** Addresses that mean this page: Grafana's, and that of the server of the runbooks. */
const own = /^https?:\/\/(localhost|127\.0\.0\.1):(3000|9094)(?=\/|$)/

/** Only web pages: what is neither a path of this page nor http(s) leads nowhere. */
export function safeHref(url: string): string | undefined {
  const local = url.replace(own, '') || '/'
  if (/^\/(?![/\\])/.test(local)) return local
  return /^https?:\/\//i.test(local) && URL.canParse(local) ? local : undefined
}

export function placesOf(links: readonly DataLink[] = [], scope: Scope): Place[] {
  return links.flatMap(({ title = '', url = '', targetBlank }) => {
    const href = safeHref(interpolate(url, scope, 'url'))
    if (href === undefined) return []
    return [{ title: interpolate(title, scope, 'text') || href, href, isBlank: targetBlank === true }]
  })
}

interface Clicked {
  frame: Frame
  field: Field
  value: Value
  /** The row, where the frame is a table. */
  row?: number
}

/** `__field.labels.job`, `__value.raw` and `__data.fields.x` of what was clicked. */
export function scopeOf(scope: Scope, { frame, field, value, row = 0 }: Clicked): Scope {
  const lookUp = (path: string): string | undefined => {
    const [root, ...rest] = path.split('.')
    const name = rest.join('.')
    if (root === '__field' && name.startsWith('labels.'))
      return field.labels?.[name.slice('labels.'.length)] ?? ''
    if (path === '__field.name' || path === '__series.name') return titleOf(field)
    if (root === '__value') return name === 'time' ? undefined : String(value ?? '')
    if (root !== '__data') return undefined
    const wanted = name.slice('fields.'.length)
    const named = frame.fields.find(each => titleOf(each) === wanted || each.name === wanted)
    return named === undefined ? '' : String(named.values[row] ?? '')
  }
  return { ...scope, lookUp }
}
