/** Filters by label: `| level="error" or took > 1.5s and size >= 1MB`. */

import type { Comparison, LabelFilter, LabelMatcher } from './ast.ts'
import {
  advance,
  type Cursor,
  current,
  expect,
  isKeyword,
  isSymbol,
  nested,
  parseLabel,
  parseString,
  skip,
  spanFrom,
  unexpected,
} from './cursor.ts'
import { matcherOf } from './matcher.ts'
import { parseSignedNumber } from './numbers.ts'

/**
 * `and` binds closer than `or`. A comma and two filters side by side mean `and` too, but take in all that follows:
 * `a="1", b="2" or c="3"` is `a="1" and (b="2" or c="3")`.
 */
export function parseLabelFilter(cursor: Cursor, binding = 0): LabelFilter {
  return nested(cursor, () => {
    let left = parseOne(cursor)
    for (;;) {
      const token = current(cursor)
      const strength = isKeyword(token, 'or') ? 1 : isKeyword(token, 'and') ? 2 : 0
      if (strength > 0) {
        if (strength <= binding) return left
        advance(cursor)
        left = { kind: strength === 1 ? 'or' : 'and', left, right: parseLabelFilter(cursor, strength) }
      } else if (skip(cursor, ',') || token.kind === 'word' || isSymbol(token, '('))
        left = { kind: 'and', left, right: parseLabelFilter(cursor) }
      else return left
    }
  })
}

function parseOne(cursor: Cursor): LabelFilter {
  if (skip(cursor, '(')) {
    const filter = parseLabelFilter(cursor)
    expect(cursor, ')', '"and", "or" or ")"')
    return filter
  }
  const { start } = current(cursor)
  const label = parseLabel(cursor, 'a label to filter by')
  const operator = current(cursor)
  if (operator.kind !== 'symbol' || !comparisons.has(operator.text))
    throw unexpected(cursor, 'a comparison such as = or >')
  advance(cursor)
  const value = current(cursor)
  const isMatching = operator.text === '=~' || operator.text === '!~'
  const isEquality = isMatching || operator.text === '=' || operator.text === '!='
  if (isEquality && value.kind === 'string') {
    const text = parseString(cursor)
    return {
      kind: 'matcher',
      matcher: matcherOf(cursor.query, label, operator.text as LabelMatcher['operator'], text, value),
    }
  }
  if (isMatching) throw unexpected(cursor, 'a regular expression in quotes')
  if (isEquality && value.kind === 'function' && value.text === 'ip') {
    advance(cursor)
    expect(cursor, '(')
    const pattern = parseString(cursor, 'an address, a range or a CIDR block in quotes')
    expect(cursor, ')')
    return {
      kind: 'ip',
      label,
      operator: operator.text as '=' | '!=',
      pattern,
      span: spanFrom(cursor, start),
    }
  }
  const comparison = (operator.text === '=' ? '==' : operator.text) as Comparison
  if (value.kind === 'duration' || value.kind === 'bytes') {
    advance(cursor)
    return { kind: value.kind, label, operator: comparison, value: value.value }
  }
  const wanted = isEquality ? 'a string, a number, a duration or a size' : 'a number, a duration or a size'
  return { kind: 'number', label, operator: comparison, value: parseSignedNumber(cursor, wanted) }
}

const comparisons: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~', '==', '>', '>=', '<', '<='])
