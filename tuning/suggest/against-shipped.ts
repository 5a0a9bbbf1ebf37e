/** For the tests: where a suggestion is worse than the tiers that ship, by scenarios that neither has been fitted to. */
import type { Choice, Suggestion } from './suggest.ts'

/**
 * Empty where some choice is no worse in anything. Of false tickets, which wake nobody and come once in years, as many more
 * as chance may bring are let pass, or one in two years.
 */
export function worseThanShipped({ choices, shipped }: Suggestion): string[] {
  const worse = (choice: Choice) =>
    (['wait', 'falsePages', 'recall', 'ticketWait', 'falseTickets'] as const).filter(figure => {
      const [own, other] = [choice[figure], shipped[figure]]
      if (other === undefined) return false
      if (own === undefined) return true
      if (figure === 'recall') return own.mean < other.mean
      return own.mean - (figure === 'falseTickets' ? Math.max(own.within ?? 0, 0.01) : 0) > other.mean
    })
  const all = choices.map(worse)
  if (all.some(each => each.length === 0)) return []
  return all.map((each, index) => {
    const figures = each.map(
      figure => `${figure} ${choices[index]![figure]?.mean} > ${shipped[figure]?.mean}`,
    )
    return `choice ${index + 1}: ${figures.join(', ')}`
  })
}
