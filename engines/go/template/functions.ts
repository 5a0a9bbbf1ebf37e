/** The functions that every template of Go may call. */

import { decodeUtf8 } from '../strings.ts'
import { type GoValue, isList, isMap, print, printf, typeName } from './format.ts'

/** `data` is what the program that expands the template hands to its functions. */
export type TemplateFunction<Data> = (args: readonly GoValue[], data: Data) => GoValue

export const coreFunctions: readonly (readonly [string, TemplateFunction<unknown>])[] = [
  ['not', args => !truth(counted(args, 1)[0])],
  [
    'eq',
    args =>
      atLeast(args, 2)
        .slice(1)
        .some(other => isEqual(args[0], other)),
  ],
  ['ne', args => !isEqual(counted(args, 2)[0], args[1])],
  comparison('lt', less => less),
  comparison('le', (less, equal) => less || equal),
  comparison('gt', (less, equal) => !less && !equal),
  comparison('ge', less => !less),
  ['len', args => BigInt(lengthOf(counted(args, 1)[0]))],
  ['index', args => atLeast(args, 1).slice(1).reduce(indexInto, args[0])],
  ['slice', args => slice(atLeast(args, 1))],
  ['html', args => escapeHtml(args.map(print).join(''))],
  ['print', args => printAll(args)],
  ['println', args => `${args.map(print).join(' ')}\n`],
  ['printf', args => printf(toText(atLeast(args, 1)[0]), args.slice(1))],
]

function comparison(
  name: string,
  apply: (less: boolean, equal: boolean) => boolean,
): [string, TemplateFunction<unknown>] {
  return [
    name,
    args => {
      const [a, b] = counted(args, 2)
      return apply(isLess(a, b), isEqual(a, b))
    },
  ]
}

export function fail(message: string): never {
  throw new Error(message)
}

export function counted(args: readonly GoValue[], count: number): readonly GoValue[] {
  return args.length === count ? args : fail(`expected ${count} argument(s), got ${args.length}`)
}

function atLeast(args: readonly GoValue[], count: number): readonly GoValue[] {
  return args.length >= count ? args : fail(`expected at least ${count} argument(s), got ${args.length}`)
}

export function toText(value: GoValue): string {
  return typeof value === 'string'
    ? value
    : fail(`wrong type for value; expected string; got ${typeName(value)}`)
}

function truth(value: GoValue): boolean {
  if (isList(value)) return value.length > 0
  if (isMap(value)) return value.values.size > 0
  return typeof value === 'number' ? value !== 0 : Boolean(value)
}

function isEqual(a: GoValue, b: GoValue): boolean {
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null)
  if (typeof a === 'object' || typeof b === 'object') return fail('non-comparable types')
  return typeof a === typeof b ? a === b : fail('incompatible types for comparison')
}

function isLess(a: GoValue, b: GoValue): boolean {
  if (typeof a !== typeof b) return fail('incompatible types for comparison')
  if (typeof a === 'string' || typeof a === 'number' || typeof a === 'bigint') return a < (b as typeof a)
  return fail('invalid type for comparison')
}

function lengthOf(value: GoValue): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length
  if (isList(value)) return value.length
  return isMap(value) ? value.values.size : fail(`len of type ${typeName(value)}`)
}

function indexInto(container: GoValue, key: GoValue): GoValue {
  if (isMap(container)) {
    const name = toText(key)
    return container.values.has(name) ? container.values.get(name) : container.missing
  }
  if (typeof key !== 'bigint') return fail(`cannot index slice/array with type ${typeName(key)}`)
  if (isList(container)) return container[Number(key)] ?? fail(`index out of range: ${key}`)
  if (typeof container !== 'string') return fail(`can't index item of type ${typeName(container)}`)
  const byte = new TextEncoder().encode(container)[Number(key)]
  return byte === undefined ? fail(`index out of range: ${key}`) : BigInt(byte)
}

function slice([value, ...places]: readonly GoValue[]): GoValue {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : undefined
  const items = bytes ?? (isList(value) ? value : fail(`can't slice item of type ${typeName(value)}`))
  const [start = 0, end = items.length] = places.map(place =>
    typeof place === 'bigint' ? Number(place) : fail(`cannot index slice/array with type ${typeName(place)}`),
  )
  if (start < 0 || start > end || end > items.length) return fail(`index out of range: ${end}`)
  return bytes === undefined
    ? (items as readonly GoValue[]).slice(start, end)
    : decodeUtf8(bytes.subarray(start, end))
}

function escapeHtml(text: string): string {
  const entities: { [mark: string]: string } = { '&': 'amp', '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' }
  return text.replace(/[&<>"']/g, mark => `&${entities[mark]};`)
}

/** A space goes between two values when neither is a text. */
function printAll(args: readonly GoValue[]): string {
  let out = ''
  for (const [index, arg] of args.entries())
    out +=
      (index > 0 && typeof arg !== 'string' && typeof args[index - 1] !== 'string' ? ' ' : '') + print(arg)
  return out
}
