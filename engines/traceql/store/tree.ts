import { kinds } from '../language/value.ts'
import type { Span } from '../storage.ts'

/**
 * Numbers the spans of a trace by a walk of its tree, from each root in turn, and counts children. As in Tempo, two spans
 * may share an id, a client's and a server's as Zipkin has them; with three, nothing is numbered.
 */
export function numberSpans(spans: readonly Span[]): void {
  const byId = new Map<string, Span[]>()
  for (const span of spans) {
    Object.assign(span, { left: 0, right: 0, parent: 0, childCount: 0 })
    const same = byId.get(span.id)
    if (same === undefined) byId.set(span.id, [span])
    else same.push(span)
  }
  const roots = spans.filter(span => span.parentId === '')
  if (roots.length === 0 || [...byId.values()].some(({ length }) => length > 2)) return
  const children = new Map<Span, Span[]>()
  for (const span of spans) {
    const parent = parentOf(span, byId)
    if (parent === undefined) continue
    const list = children.get(parent)
    if (list === undefined) children.set(parent, [span])
    else list.push(span)
    parent.childCount++
  }
  let bound = 1
  for (const root of roots) {
    root.left = bound++
    root.parent = -1
    // By hand instead of by recursion, which a deep trace would exhaust.
    const path = [{ span: root, next: 0 }]
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const child = children.get(last.span)?.[last.next++]
      if (child === undefined) {
        last.span.right = bound++
        path.pop()
      } else {
        child.left = bound++
        child.parent = last.span.left
        path.push({ span: child, next: 0 })
      }
    }
  }
}

function parentOf(span: Span, byId: ReadonlyMap<string, Span[]>): Span | undefined {
  if (span.parentId === '') return undefined
  const found = byId.get(span.parentId) ?? []
  if (found.length < 2) return found[0]
  const wanted = kinds[span.kind] === 'server' ? 'client' : 'server'
  return found.find(({ kind }) => kinds[kind] === wanted)
}
