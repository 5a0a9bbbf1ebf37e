import { parseError } from '../../query-error.ts'
import { compileRegex } from '../../regex/regex.ts'
import type { LabelMatcher, Span } from './ast.ts'

/** A matcher whose regular expression can be used. */
export function matcherOf(
  query: string,
  name: string,
  operator: LabelMatcher['operator'],
  value: string,
  span: Span,
): LabelMatcher {
  if (operator === '=~' || operator === '!~') usable(query, value, span)
  return { name, operator, value }
}

export function usable(query: string, pattern: string, span: Span): void {
  try {
    compileRegex(pattern)
  } catch (error) {
    throw parseError(query, span, `error parsing regexp: ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
