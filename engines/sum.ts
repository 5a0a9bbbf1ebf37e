/** Neumaier's sum: what each addition loses to rounding is added up beside it. */
export interface Sum {
  value: number
  lost: number
}

export const newSum = (): Sum => ({ value: 0, lost: 0 })

/** The rounding lost so far, after `term` was added to `sum` and gave `next`; for loops over arrays. */
export function lostAfter(lost: number, sum: number, term: number, next: number): number {
  if (next === Infinity || next === -Infinity) return 0
  return lost + (Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum)
}

export function add(sum: Sum, term: number): void {
  const next = sum.value + term
  sum.lost = lostAfter(sum.lost, sum.value, term, next)
  sum.value = next
}

export const total = (sum: Sum): number => sum.value + sum.lost
