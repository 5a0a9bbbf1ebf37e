/** What to write into a repository where its people may have changed what an earlier run wrote. */
import { createHash } from 'node:crypto'

/** The hash of what was last written, or offered, by path. */
export type Written = Readonly<Record<string, string>>

type What = 'new' | 'updated' | 'beside' | 'removed' | 'kept' | 'gone' | 'same'

export interface Step {
  what: What
  path: string
}

interface Update {
  steps: Step[]
  /** By path. */
  writes: Record<string, string>
  removes: string[]
  written: Record<string, string>
}

interface Given {
  /** What this version would write, by path. */
  wanted: Readonly<Record<string, string>>
  written: Written
  /** The file as it is now. */
  read: (path: string) => string | undefined
}

/**
 * A file that nobody touched is replaced. One that somebody changed stays; when there is a new version of it, that is put
 * beside it, once. One that somebody removed stays away.
 */
export function planUpdate({ wanted, written, read }: Given): Update {
  const update: Update = { steps: [], writes: {}, removes: [], written: {} }
  const note = (what: What, path: string) => update.steps.push({ what, path })
  for (const [path, content] of Object.entries(wanted)) {
    const [now, last, next] = [read(path), written[path], hashOf(content)]
    update.written[path] = next
    if (now === undefined && last !== undefined) note('gone', path)
    else if (now === undefined || hashOf(now) === last) {
      if (now !== undefined && last === next) note('same', path)
      else {
        note(now === undefined ? 'new' : 'updated', path)
        update.writes[path] = content
      }
    } else if (hashOf(now) === next) note('same', path)
    else if (last === next) note('kept', path)
    else {
      note('beside', path)
      update.writes[besideOf(path)] = content
    }
    const isSettled = now !== undefined && [next, last].includes(hashOf(now))
    if (isSettled && read(besideOf(path)) !== undefined) update.removes.push(besideOf(path))
  }
  for (const [path, last] of Object.entries(written)) {
    if (path in wanted) continue
    const now = read(path)
    if (now === undefined) continue
    if (hashOf(now) !== last) note('kept', path)
    else {
      note('removed', path)
      update.removes.push(path)
    }
  }
  update.steps.sort((a, b) => (a.path < b.path ? -1 : 1))
  return update
}

/** Ends so that neither Grafana nor Prometheus reads it. */
export function besideOf(path: string): string {
  return `${path}.new`
}

/** Git may turn the ends of lines into those of Windows. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
}
