/**
 * The operators `>`, `>>`, `<`, `<<`, `~` and their forms with `!` and `&`. How two spans are related follows from
 * their `left`, `right` and `parent`, which `Span` in storage.ts explains. As in Tempo, each operator sorts the spans it
 * is given in place, which shows in the order of answers.
 */

import type { SpansetOperator } from '../language/ast.ts'
import type { Candidate } from './candidate.ts'

type Spans = Candidate[]

/** The spans of the right side related to one of the left; with `!` those related to none, with `&` both sides of each pair. */
export function related(op: SpansetOperator, left: Spans, right: Spans): Spans {
  if (left.length === 0 && right.length === 0) return []
  const isNegated = op.startsWith('!')
  const isUnion = op.startsWith('&')
  const isInverse = op.includes('<')
  if (op.includes('~')) return isUnion ? siblingsOfBoth(left, right) : siblings(left, right, isNegated)
  if (op.includes('>>') || op.includes('<<'))
    return isUnion
      ? descendantsOfBoth(left, right, isInverse)
      : descendants(left, right, isNegated, isInverse)
  return isUnion ? childrenOfBoth(left, right, isInverse) : children(left, right, isNegated, isInverse)
}

function isDescendant(ancestor: Candidate, span: Candidate): boolean {
  if (ancestor.left === 0 || span.left === 0 || ancestor.right === 0 || span.right === 0) return false
  return span.left > ancestor.left && span.right < ancestor.right
}

function isChild(parent: Candidate, span: Candidate): boolean {
  return parent.left === span.parent && parent.left !== 0 && span.parent !== 0
}

function areSiblings(one: Candidate, other: Candidate): boolean {
  return one.parent === other.parent && one.parent !== 0
}

const byLeft = (one: Candidate, other: Candidate) => one.left - other.left
const byLeftDown = (one: Candidate, other: Candidate) => other.left - one.left
const byParent = (one: Candidate, other: Candidate) => one.parent - other.parent

/** The index of the first span `isPast` holds for, as it does for all after it; the length where there is none. */
function search(spans: Spans, isPast: (span: Candidate) => boolean): number {
  let [from, to] = [0, spans.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (isPast(spans[middle]!)) to = middle
    else from = middle + 1
  }
  return from
}

function descendants(left: Spans, right: Spans, isNegated: boolean, isInverse: boolean): Spans {
  left.sort(isInverse ? byLeft : byLeftDown)
  return right.filter(span => {
    const from = search(left, other => (isInverse ? other.left >= span.left : other.left <= span.left))
    for (let i = from; i < left.length; i++) {
      const other = left[i]!
      if (isInverse ? isDescendant(span, other) : isDescendant(other, span)) return !isNegated
      // Those that follow are entered even later, and what is entered after this span was left is not below it.
      if (isInverse && span.right !== 0 && other.left > span.right) break
    }
    return isNegated
  })
}

function children(left: Spans, right: Spans, isNegated: boolean, isInverse: boolean): Spans {
  left.sort(isInverse ? byParent : byLeft)
  return right.filter(span => {
    const at = search(left, other => (isInverse ? other.parent >= span.left : other.left >= span.parent))
    const other = left[at]
    const isRelated = other !== undefined && (isInverse ? isChild(span, other) : isChild(other, span))
    return isRelated !== isNegated
  })
}

function siblings(left: Spans, right: Spans, isNegated: boolean): Spans {
  left.sort(byParent)
  return right.filter(span => {
    if (span.parent === 0) return isNegated
    let at = search(left, other => other.parent >= span.parent)
    if (left[at] === span) at++
    const other = left[at]
    return (other !== undefined && areSiblings(span, other)) !== isNegated
  })
}

function siblingsOfBoth(left: Spans, right: Spans): Spans {
  left.sort(byParent)
  if (left !== right) right.sort(byParent)
  const found = new Set<Candidate>()
  let rescan = 0
  for (const span of right) {
    if (span.parent === 0) continue
    let isFound = false
    for (let at = rescan; at < left.length; at++) {
      const other = left[at]!
      if (other.parent > span.parent) break
      if (other.parent > left[rescan]!.parent) rescan = at
      if (!areSiblings(span, other) || span === other) continue
      isFound = true
      found.add(other)
    }
    if (isFound) found.add(span)
  }
  return [...found]
}

function childrenOfBoth(left: Spans, right: Spans, isInverse: boolean): Spans {
  const copied = left === right ? [...right] : right
  const [parents, spans] = isInverse ? [copied, left] : [left, copied]
  parents.sort(byLeft)
  spans.sort(byParent)
  const found = new Set<Candidate>()
  let at = 0
  for (const parent of parents) {
    if (parent.left === 0) continue
    let isFound = false
    for (; at < spans.length && spans[at]!.parent <= parent.left; at++) {
      if (!isChild(parent, spans[at]!)) continue
      isFound = true
      found.add(spans[at]!)
    }
    if (isFound) found.add(parent)
  }
  return [...found]
}

function descendantsOfBoth(left: Spans, right: Spans, isInverse: boolean): Spans {
  left.sort(byLeft)
  if (left !== right) right.sort(byLeft)
  const [ancestors, spans] = isInverse ? [right, left] : [left, right]
  const isAfter = (one: Candidate, other: Candidate) => other.left > one.right
  const found = new Set<Candidate>()
  let [a, s] = [0, 0]
  while (a < ancestors.length && s < spans.length) {
    let ancestor = ancestors[a]!
    let span = spans[s]!
    for (; s < spans.length; s++) {
      span = spans[s]!
      if (isDescendant(ancestor, span)) found.add(span)
      if (s + 1 < spans.length && isAfter(span, spans[s + 1]!)) {
        s++
        break
      }
    }
    // The span is the innermost of its branch: its ancestors are all those that enclose it.
    for (; a < ancestors.length; a++) {
      ancestor = ancestors[a]!
      if (isAfter(span, ancestor)) break
      if (!isDescendant(ancestor, span)) continue
      found.add(ancestor)
      if (s < spans.length && isDescendant(ancestor, spans[s]!)) break
    }
  }
  return [...found]
}
