/** What a condition lets through of one column of the storage, as Tempo's columns have it: each has one type. */

import { QueryError } from '../../query-error.ts'
import { compileRegex } from '../../regex/regex.ts'
import { remembered } from '../../remembered.ts'
import { asNumber, compareText, type Int, isArray, kinds, statuses, type Value } from '../language/value.ts'
import type { Condition } from '../storage.ts'

export type Predicate<T> = (value: T) => boolean

/** Lets everything through. */
const all = () => true

/** Of texts, as most are those of other spans. */
const mostRemembered = 10_000

type Asked = Pick<Condition, 'op' | 'operand'>

export function asksAll({ op }: Asked): boolean {
  return op === 'none' || op === 'exists' || op === 'structure'
}

/** Whether a condition lets through what is not there: as in Tempo, lists of texts compare it as an empty text. */
export function passesMissing({ op, operand }: Asked): boolean {
  if (op === 'none') return true
  if (operand?.type !== 'string[]') return false
  return op === 'not in' ? !operand.value.includes('') : op === 'in' && operand.value.includes('')
}

export function stringPredicate({ op, operand }: Asked): Predicate<string> {
  if (operand?.type !== 'string' && operand?.type !== 'string[]') throw unfit('a string', operand)
  const texts = operand.type === 'string' ? [operand.value] : operand.value
  const text = texts[0] ?? ''
  switch (op) {
    case '=':
    case 'in':
      return texts.length === 1 ? value => value === text : value => texts.includes(value)
    case '!=':
    case 'not in':
      return value => !texts.includes(value)
    case '=~':
    case 'match any':
    case '!~':
    case 'match none': {
      const regexes = texts.map(compileRegex)
      const isWanted = op === '=~' || op === 'match any'
      return remembered(mostRemembered, value => regexes.some(regex => regex.test(value) === isWanted))
    }
    case '>':
      return value => compareText(value, text) > 0
    case '>=':
      return value => compareText(value, text) >= 0
    case '<':
      return value => compareText(value, text) < 0
    case '<=':
      return value => compareText(value, text) <= 0
    default:
      throw unfitOperator(op, 'strings')
  }
}

export function numberPredicate<T extends Int>({ op, operand }: Asked, name: string): Predicate<T> {
  const values = numbersOf(operand)
  if (values === undefined) throw unfit(name, operand)
  const [bound = 0] = values
  switch (op) {
    case '=':
    case 'in':
      return values.length === 1 ? value => value === bound : value => values.includes(value)
    case '!=':
    case 'not in':
      return value => !values.includes(value)
    case '>':
      return value => value > bound
    case '>=':
      return value => value >= bound
    case '<':
      return value => value < bound
    case '<=':
      return value => value <= bound
    default:
      throw unfitOperator(op, name)
  }
}

export function booleanPredicate({ op, operand }: Asked): Predicate<boolean> {
  const values =
    operand?.type === 'boolean' ? [operand.value] : operand?.type === 'boolean[]' ? operand.value : []
  if (op === '=' || op === 'in') return value => values.includes(value)
  if (op === '!=' || op === 'not in') return value => !values.includes(value)
  throw unfitOperator(op, 'true and false')
}

/** Of whole nanoseconds, which may be compared with a fraction. */
export function durationPredicate(condition: Asked): Predicate<Int> {
  const { op, operand } = condition
  if (operand?.type === 'float[]') return wholeOnly(op, operand.value)
  if (operand?.type !== 'float') return numberPredicate(condition, 'a duration')
  const bound = operand.value
  if (Number.isNaN(bound)) return all
  if (Number.isInteger(bound))
    return numberPredicate({ op, operand: { type: 'int', value: bound } }, 'a duration')
  if (op === '=' || op === '!=') return all
  return numberPredicate(condition, 'a duration')
}

function wholeOnly(op: Asked['op'], bounds: readonly number[]): Predicate<Int> {
  const whole: Int[] = bounds.filter(Number.isInteger)
  if (whole.length === 0) return all
  return op === 'in' ? value => whole.includes(value) : value => !whole.includes(value)
}

/** Of ids in hexadecimal digits; a text that is no id lets everything through. */
export function idPredicate({ op, operand }: Asked, digits: 16 | 32): Predicate<string> {
  if (operand?.type !== 'string' && operand?.type !== 'string[]') throw unfit('an id', operand)
  const ids = (operand.type === 'string' ? [operand.value] : operand.value).map(text => idOf(text, digits))
  if (ids.includes(undefined)) return all
  if (op === '=' || op === 'in') return value => ids.includes(value)
  if (op === '!=' || op === 'not in') return value => !ids.includes(value)
  throw unfitOperator(op, 'ids')
}

/** Bytes in full; of a span's id without zeros before them, so that such an id is found by no text. */
function idOf(text: string, digits: 16 | 32): string | undefined {
  if (!/^[\da-f]*$/i.test(text)) return undefined
  const id = (digits === 16 ? text.replace(/^0+/, '') : text).toLowerCase()
  const whole = id.length % 2 === 1 ? `0${id}` : id
  if (whole.length > digits) return undefined
  return digits === 32 ? whole.padStart(32, '0') : whole
}

function numbersOf(operand: Value | undefined): readonly Int[] | undefined {
  if (operand === undefined) return undefined
  if (operand.type === 'int' || operand.type === 'duration' || operand.type === 'float')
    return [operand.value]
  if (operand.type === 'status' || operand.type === 'kind') return [operand.value]
  return operand.type === 'int[]' || operand.type === 'float[]' ? operand.value : undefined
}

/** An intrinsic whose column has whole numbers is compared with no fraction. */
export function wholePredicate(condition: Asked, name: string): Predicate<Int> {
  const type = condition.operand?.type
  if (type === 'float' || type === 'float[]') throw unfit('a whole number', condition.operand)
  return numberPredicate(condition, name)
}

function unfit(expected: string, operand: Value | undefined): QueryError {
  const got = operand === undefined ? 'nothing' : describe(operand)
  return new QueryError('execution', `Cannot look for a value: expected ${expected}, got ${got}`)
}

function unfitOperator(op: string, name: string): QueryError {
  return new QueryError('execution', `Cannot look for a value: expected an operator for ${name}, got ${op}`)
}

function describe(value: Value): string {
  if (value.type === 'nil') return 'nil'
  if (value.type === 'status') return statuses[value.value] ?? `status ${value.value}`
  if (value.type === 'kind') return kinds[value.value] ?? `kind ${value.value}`
  return isArray(value.type)
    ? value.type
    : `${value.type} ${Number.isNaN(asNumber(value)) ? value.value : asNumber(value)}`
}
