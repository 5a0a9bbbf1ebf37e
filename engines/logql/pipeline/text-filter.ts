/** Tests of a text: of a line, or of a label's value. */

import { compileSearch, type SearchRegex } from '../../regex/regex.ts'
import type { LabelMatcher, LineFilter, Semantics } from '../language/ast.ts'
import { containsIp, parseIpPattern } from '../text/ip.ts'
import { matchesPattern, parsePattern } from '../text/line-pattern.ts'
import { anyOf, simplifyRegex, type TextFilter } from './simplify.ts'

type Test = (text: string) => boolean

/** Undefined where every line passes. */
export function lineTest(filter: LineFilter, semantics: Semantics): Test | undefined {
  const { operator, alternatives } = filter
  const isNegated = operator.startsWith('!')
  if (isNegated) {
    const tests = alternatives.map(({ text, isIp }) =>
      not(isIp ? ipTest(text) : testOf(oneOf(operator, text))),
    )
    return tests.length === 1 ? tests[0] : text => tests.every(test => test(text))
  }
  if (semantics === '3.7' && alternatives.length > 1) return anyText(counted(alternatives))
  const texts = alternatives.filter(({ isIp }) => !isIp)
  const ips = alternatives.filter(({ isIp }) => isIp).map(({ text }) => ipTest(text))
  if (ips.length === 0) return anyText(texts)
  const inText = texts.length === 0 ? undefined : (anyText(texts) ?? (() => false))
  return ips.length === 1 && inText === undefined
    ? ips[0]
    : line => inText?.(line) === true || ips.some(test => test(line))

  function anyText(of: LineFilter['alternatives']): Test | undefined {
    const merged = orOf(of.map(({ text }) => oneOf(operator, text)))
    return merged === undefined || isAll(merged) ? undefined : testOf(merged)
  }

  function ipTest(pattern: string): Test {
    if (operator !== '|=' && operator !== '!=')
      throw new Error('ip: invalid operation: expected |= or != before ip(…)')
    const matches = parseIpPattern(pattern)
    return text => containsIp(text, matches, semantics === '3.7' ? 5 : 1)
  }
}

/**
 * In a chain with `or`, Loki 3.7 takes the text in ip(…) as any other; and an ip(…) ends what counts as one piece of the
 * chain, of which all but the first text and the last piece are forgotten.
 */
function counted(alternatives: LineFilter['alternatives']): LineFilter['alternatives'] {
  const [first, ...others] = alternatives
  const end = others.slice(0, -1).findLastIndex(({ isIp }) => isIp)
  return [first!, ...others.slice(end + 1)]
}

/** Undefined where every value passes. */
export function matcherTest({ operator, value }: LabelMatcher): Test | undefined {
  if (operator === '=') return text => text === value
  if (operator === '!=') return text => text !== value
  const simple = readRegex(() => simplifyRegex(value, true))
  const test = simple === undefined ? searchRegexOf(`^(?:${value})$`).test : testOf(simple)
  if (operator === '!~') return not(test)
  return simple?.kind === 'all' ? undefined : test
}

type Filter = TextFilter | Test

const isAll = (filter: Filter) => typeof filter !== 'function' && filter.kind === 'all'

function oneOf(operator: string, text: string): Filter {
  switch (operator[1]) {
    case '=':
      return text === '' ? { kind: 'all' } : { kind: 'text', text, isWhole: false, ignoreCase: false }
    case '~':
      return readRegex(() => simplifyRegex(text, false)) ?? searchRegexOf(text).test
    default: {
      const parts = parsePattern(text)
      const named = parts.find(part => 'name' in part && part.name !== '_')
      if (named !== undefined && 'name' in named)
        throw new Error(`named captures are not allowed: expected <_>, found '<${named.name}>'`)
      return line => matchesPattern(parts, line)
    }
  }
}

function orOf(filters: readonly Filter[]): Filter | undefined {
  if (filters.every(filter => typeof filter !== 'function')) return anyOf(filters as TextFilter[])
  const tests = filters.filter(filter => !isAll(filter)).map(testOf)
  return tests.length === 1 ? tests[0] : text => tests.some(test => test(text))
}

function testOf(filter: Filter): Test {
  if (typeof filter === 'function') return filter
  switch (filter.kind) {
    case 'all':
      return () => true
    case 'not empty':
      return text => text !== ''
    case 'any': {
      const tests = filter.of.map(testOf)
      return text => tests.some(test => test(text))
    }
    case 'text': {
      const { text: wanted, isWhole, ignoreCase } = filter
      if (isWhole) return ignoreCase ? text => text.toLowerCase() === wanted : text => text === wanted
      return ignoreCase ? text => text.toLowerCase().includes(wanted) : text => text.includes(wanted)
    }
  }
}

const not =
  (test: Test): Test =>
  text =>
    !test(text)

export const searchRegexOf = (pattern: string): SearchRegex => readRegex(() => compileSearch(pattern))

function readRegex<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`)
  }
}
