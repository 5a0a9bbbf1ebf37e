/** What a TraceQL expression can be: typed values, which types go together, and how they compare. */

/** 64 bits: a number as long as it is exact, a bigint beyond 2^53. */
export type Int = number | bigint

export type Value =
  | { type: 'nil' }
  | { type: 'int' | 'duration'; value: Int }
  | { type: 'float'; value: number }
  | { type: 'string'; value: string }
  | { type: 'boolean'; value: boolean }
  | { type: 'int[]'; value: readonly Int[] }
  | { type: 'float[]'; value: readonly number[] }
  | { type: 'string[]'; value: readonly string[] }
  | { type: 'boolean[]'; value: readonly boolean[] }
  | { type: 'status' | 'kind'; value: number }

type ValueType = Value['type']
/** `attribute` is a type known only from the data, `spanset` that of a pipeline. */
export type StaticType = ValueType | 'attribute' | 'spanset'

/** In the order in which Tempo compares values of different types. */
const types: readonly StaticType[] = [
  'nil',
  'spanset',
  'attribute',
  'int',
  'float',
  'string',
  'boolean',
  'int[]',
  'float[]',
  'string[]',
  'boolean[]',
  'duration',
  'status',
  'kind',
]

export const nil: Value = { type: 'nil' }
export const isTrue: Value = { type: 'boolean', value: true }
export const isFalse: Value = { type: 'boolean', value: false }

/** In Tempo's order, which comparisons follow. */
export const statuses = ['error', 'ok', 'unset'] as const
export const kinds = ['unspecified', 'internal', 'client', 'server', 'producer', 'consumer'] as const

export function boolean(value: boolean): Value {
  return value ? isTrue : isFalse
}

export function string(value: string): Value {
  return { type: 'string', value }
}

export function int(value: Int): Value {
  return { type: 'int', value: exact(value) }
}

export function float(value: number): Value {
  return { type: 'float', value }
}

export function duration(nanoseconds: Int): Value {
  return { type: 'duration', value: exact(nanoseconds) }
}

/** Wraps around at 64 bits, as Go's int does. */
export function exact(value: Int): Int {
  if (typeof value === 'number') return value
  const wrapped = BigInt.asIntN(64, value)
  const small = Number(wrapped)
  return Number.isSafeInteger(small) ? small : wrapped
}

export function isNumeric(type: StaticType): boolean {
  return type === 'int' || type === 'float' || type === 'duration'
}

export function isArray(type: StaticType): boolean {
  return type.endsWith('[]')
}

/** Whether two types can stand at both sides of an operator, whichever it is. */
export function match(left: StaticType, right: StaticType): boolean {
  return matchAsElements(left, right) || matchPlainly(left, right)
}

function matchPlainly(left: StaticType, right: StaticType): boolean {
  return (
    left === right ||
    left === 'attribute' ||
    right === 'attribute' ||
    left === 'nil' ||
    right === 'nil' ||
    (isNumeric(left) && isNumeric(right))
  )
}

/** An array goes with its elements, and with what goes with them. */
export function matchAsElements(left: StaticType, right: StaticType): boolean {
  if (isArray(left)) return match(left.slice(0, -2) as StaticType, right)
  if (isArray(right)) return match(right.slice(0, -2) as StaticType, left)
  return false
}

/** NaN where it is no number. */
export function asNumber(value: Value): number {
  return value.type === 'int' || value.type === 'duration' || value.type === 'float'
    ? Number(value.value)
    : Number.NaN
}

/** `=`; nothing is equal to nil. */
export function equal(left: Value, right: Value): boolean {
  if (left.type === 'nil' || right.type === 'nil') return false
  if (isNumeric(left.type)) {
    if (!isNumeric(right.type)) return false
    if (left.type === 'float' || right.type === 'float') return asNumber(left) === asNumber(right)
  } else if (left.type !== right.type) return false
  if (Array.isArray(left.value) && Array.isArray(right.value)) {
    const other = right.value as unknown[]
    return left.value.length === other.length && left.value.every((each, i) => each === other[i])
  }
  return left.value === right.value
}

/** Below 0, 0 or above 0; between types, the order of types decides unless both are numbers. */
export function compare(left: Value, right: Value): number {
  if (left.type !== right.type) {
    if (isNumeric(left.type) && isNumeric(right.type)) return order(asNumber(left), asNumber(right))
    return types.indexOf(left.type) - types.indexOf(right.type)
  }
  if (left.type === 'nil' || right.type === 'nil') return 0
  if (Array.isArray(left.value)) {
    const [one, other] = [left.value as (string | Int)[], right.value as (string | Int)[]]
    for (let i = 0; i < Math.min(one.length, other.length); i++) {
      const by = order(one[i]!, other[i]!)
      if (by !== 0) return by
    }
    return one.length - other.length
  }
  if (left.type === 'string') return compareText(left.value, (right as { value: string }).value)
  // Floats of one type are compared by their bits as signed numbers, so that two negative ones come in reverse.
  if (left.type === 'float') return compareBits(left.value, (right as { value: number }).value)
  return order(left.value as Int, (right as { value: Int }).value)
}

/** In the order of their bytes in UTF-8, which differs from JavaScript's beyond U+FFFF. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  const shared = Math.min(left.length, right.length)
  for (let i = 0; i < shared; i++) {
    const [one, other] = [left.charCodeAt(i), right.charCodeAt(i)]
    if (one === other) continue
    const bothOrNone = isSurrogate(one) === isSurrogate(other)
    return bothOrNone ? one - other : isSurrogate(one) ? 1 : -1
  }
  return left.length - right.length
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff
}

function order(left: string | Int, right: string | Int): number {
  return left < right ? -1 : left > right ? 1 : 0
}

const bits = new DataView(new ArrayBuffer(16))

function compareBits(left: number, right: number): number {
  if (left >= 0 && right >= 0) return order(left, right)
  bits.setFloat64(0, left)
  bits.setFloat64(8, right)
  return order(bits.getBigInt64(0), bits.getBigInt64(8))
}
