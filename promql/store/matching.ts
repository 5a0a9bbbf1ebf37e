import type { LabelMatcher } from '../language/ast.ts'

/** Whether a label's value passes; each value goes through a regular expression once. */
export function valueTest({ operator, value: expected }: LabelMatcher): (value: string) => boolean {
  if (operator === '=') return value => value === expected
  if (operator === '!=') return value => value !== expected
  const pattern = new RegExp(`^(?:${expected})$`, 'su')
  const answers = new Map<string, boolean>()
  const wanted = operator === '=~'
  return value => {
    const known = answers.get(value)
    if (known !== undefined) return known
    const answer = pattern.test(value) === wanted
    answers.set(value, answer)
    return answer
  }
}
