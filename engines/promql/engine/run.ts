import type { AtModifier, Expr } from '../language/ast.ts'
import type { Storage } from '../storage.ts'
import type { Budget } from './budget.ts'
import type { NoteBook } from './notes.ts'

/** All that is the same throughout the evaluation of one query. */
export interface Run {
  storage: Storage
  /** The query's own first and last time, which `start()` and `end()` name even inside a subquery. */
  start: number
  end: number
  lookback: number
  subqueryStep: number
  /** Prometheus 2 counts a sample on a window's left edge as inside. */
  semantics: 'prometheus-3' | 'prometheus-2'
  /** Subtrees whose value is the same at every step. */
  invariant: ReadonlySet<Expr>
  budget: Budget
  notes: NoteBook
}

/** How long before a window's end a sample may be to count as inside; times are whole milliseconds. */
export function reachOf(run: Run, length: number): number {
  return run.semantics === 'prometheus-2' ? length : length - 1
}

/** Where step i of a grid looks: at `first + i * advance`; `@` stands still. */
export interface Gaze {
  first: number
  advance: number
}

export function gazeOf(
  run: Run,
  shift: { offset: number; at: AtModifier | undefined },
  grid: { start: number; step: number },
): Gaze {
  const { offset, at } = shift
  if (at === undefined) return { first: grid.start - offset, advance: grid.step }
  const time = at.kind === 'time' ? at.time : at.kind === 'start' ? run.start : run.end
  return { first: time - offset, advance: 0 }
}
