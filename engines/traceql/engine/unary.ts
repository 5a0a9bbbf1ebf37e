import { QueryError } from '../../query-error.ts'
import { boolean, duration, float, int, type Value } from '../language/value.ts'

/** `-` and `!` of a value; Tempo fails a query over what they cannot be taken of. */
export function negated(op: '-' | '!', value: Value): Value {
  if (op === '!') {
    if (value.type === 'boolean') return boolean(!value.value)
    throw new QueryError(
      'execution',
      `Cannot compute ! of a span's value: expected true or false, got ${value.type}`,
    )
  }
  if (value.type === 'float') return float(-value.value)
  if (value.type === 'int') return int(opposite(value.value))
  if (value.type === 'duration') return duration(opposite(value.value))
  throw new QueryError(
    'execution',
    `Cannot compute - of a span's value: expected a number, got ${value.type}`,
  )
}

function opposite(value: number | bigint): number | bigint {
  return typeof value === 'bigint' ? -value : 0 - value
}
