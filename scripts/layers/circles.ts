/** Circles of imports: in every folder its files and sub-folders stand in an order, each importing only earlier ones. */
import type { SourceFile } from './read.ts'
import { roomOf } from './rules.ts'

interface Arrow {
  from: string
  to: string
  /** The import that makes it. */
  because: { file: string; line: number; imported: string }
}

/** Its arrows, each beginning where the one before ends. */
export type Circle = readonly Arrow[]

/**
 * An import is an arrow where the paths of its two files part: that of `alerts/objectives.ts` in `alerts/slo/rules.ts`
 * leads from the folder `alerts/slo` to the file `alerts/objectives.ts`. So circles between files of a folder are found
 * as well as those between folders. Between rooms the numbers allow none. A test may reach into any folder of its room.
 *
 * Of circles that share a place only the shortest is listed.
 */
export function circlesOf(files: readonly SourceFile[]): Circle[] {
  const arrows = arrowsWithinRooms(files.filter(({ path }) => !path.endsWith('.test.ts')))
  const found: Circle[] = []
  for (const outgoing of arrows.values())
    for (const arrow of outgoing.values()) {
      const back = arrow.from === arrow.to ? [] : shortestWay(arrow.to, arrow.from, arrows)
      if (back !== undefined) found.push([arrow, ...back])
    }
  const listed = new Set<string>()
  return found
    .toSorted((a, b) => a.length - b.length)
    .filter(circle => {
      if (circle.some(({ from }) => listed.has(from))) return false
      for (const { from } of circle) listed.add(from)
      return true
    })
}

type Arrows = Map<string, Map<string, Arrow>>

function arrowsWithinRooms(files: readonly SourceFile[]): Arrows {
  const known = new Set(files.map(({ path }) => path))
  const arrows: Arrows = new Map()
  for (const { path: file, imports } of files)
    for (const { line, imported } of imports) {
      if (!known.has(imported) || roomOf(file) !== roomOf(imported)) continue
      const [from, to] = wherePathsPart(file, imported)
      const outgoing = arrows.get(from) ?? new Map<string, Arrow>()
      arrows.set(from, outgoing)
      if (!outgoing.has(to)) outgoing.set(to, { from, to, because: { file, line, imported } })
    }
  return arrows
}

function wherePathsPart(a: string, b: string): [string, string] {
  const [left, right] = [a.split('/'), b.split('/')]
  let shared = 0
  while (shared < Math.min(left.length, right.length) - 1 && left[shared] === right[shared]) shared++
  return [left.slice(0, shared + 1).join('/'), right.slice(0, shared + 1).join('/')]
}

function shortestWay(start: string, end: string, arrows: Arrows): Arrow[] | undefined {
  const reachedBy = new Map<string, Arrow | undefined>([[start, undefined]])
  for (const place of reachedBy.keys())
    for (const arrow of arrows.get(place)?.values() ?? []) {
      if (reachedBy.has(arrow.to)) continue
      reachedBy.set(arrow.to, arrow)
      if (arrow.to === end) return wayBack(arrow, reachedBy)
    }
  return undefined
}

function wayBack(last: Arrow, reachedBy: ReadonlyMap<string, Arrow | undefined>): Arrow[] {
  const way: Arrow[] = []
  for (let step: Arrow | undefined = last; step !== undefined; step = reachedBy.get(step.from))
    way.unshift(step)
  return way
}
