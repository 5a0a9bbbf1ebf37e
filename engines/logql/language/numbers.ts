import { parseGoFloat } from '../../go/floats.ts'
import { parseError } from '../../query-error.ts'
import { advance, type Cursor, current, expectKind } from './cursor.ts'

/** A number with a sign perhaps: `-1.5`. */
export function parseSignedNumber(cursor: Cursor, expected: string): number {
  const sign = current(cursor)
  const isSigned = sign.kind === 'symbol' && (sign.text === '-' || sign.text === '+')
  if (isSigned) advance(cursor)
  const value = parseNumber(cursor, expected)
  return isSigned && sign.text === '-' ? -value : value
}

export function parseNumber(cursor: Cursor, expected: string): number {
  const token = expectKind(cursor, 'number', expected)
  const value = parseGoFloat(token.text)
  if (value === undefined)
    throw parseError(
      cursor.query,
      token,
      `unable to parse literal as a float: expected ${expected}, got "${token.text}"`,
    )
  return value
}
