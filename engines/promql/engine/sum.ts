/** Neumaier's sum: what each addition loses to rounding is added up beside it. */
export interface Sum {
  value: number
  lost: number
}

export const newSum = (): Sum => ({ value: 0, lost: 0 })

export function add(sum: Sum, term: number): void {
  const next = sum.value + term
  if (next === Infinity || next === -Infinity) sum.lost = 0
  else if (Math.abs(sum.value) >= Math.abs(term)) sum.lost += sum.value - next + term
  else sum.lost += term - next + sum.value
  sum.value = next
}

export const total = (sum: Sum): number => sum.value + sum.lost
