import { compileRegex } from './regex/regex.ts'

export type MatchOperator = '=' | '!=' | '=~' | '!~'

/** `job=~"shop|worker"` in a selector. */
export interface LabelMatcher {
  name: string
  operator: MatchOperator
  value: string
}

/** Whether a label's value, '' where the label is missing, satisfies a matcher. */
export function predicateOf({ operator, value: expected }: LabelMatcher): (value: string) => boolean {
  if (operator === '=') return value => value === expected
  if (operator === '!=') return value => value !== expected
  const regex = compileRegex(expected)
  return operator === '=~' ? value => regex.test(value) : value => !regex.test(value)
}
