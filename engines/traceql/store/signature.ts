/**
 * A few bits for each value that a trace has, a Bloom filter: it never denies a value that is there, and claims one that
 * is not once in a hundred times. A search passes over most traces by it, without reading their spans.
 */

import { intrinsics } from '../language/intrinsics.ts'
import type { Value } from '../language/value.ts'
import type { Condition, Pair, Span, TracesRequest } from '../storage.ts'

export interface Signature {
  /** A power of two of bits. */
  words: Uint32Array
  /** Nanoseconds of the longest span. */
  longest: number
}

/** Of many traces, side by side in memory, where a search comes by all of them. */
interface Signatures {
  words: Uint32Array
  /** Where the words of each begin, and of the last one end. */
  places: Uint32Array
  longest: Float64Array
}

export function sideBySide(signatures: readonly Signature[]): Signatures {
  const places = new Uint32Array(signatures.length + 1)
  for (const [i, { words }] of signatures.entries()) places[i + 1] = places[i]! + words.length
  const words = new Uint32Array(places.at(-1)!)
  for (const [i, signature] of signatures.entries()) words.set(signature.words, places[i]!)
  return { words, places, longest: Float64Array.from(signatures, ({ longest }) => longest) }
}

const bitsPerValue = 16

export function signatureOf(spans: readonly Span[]): Signature {
  const hashes = new Set<number>()
  const seen = new Set<unknown>()
  let longest = 0
  for (const { name, status, kind, duration, attributes, resource, scope, events, links } of spans) {
    hashes.add(hashOf(':name', name))
    hashes.add(hashOf(':status', status))
    hashes.add(hashOf(':kind', kind))
    longest = Math.max(longest, Number(duration))
    addPairs(hashes, attributes)
    for (const event of events) addPairs(hashes, event.attributes)
    for (const link of links) addPairs(hashes, link.attributes)
    if (!seen.has(resource)) {
      hashes.add(hashOf('service.name', resource.service))
      addPairs(hashes, resource.attributes)
    }
    if (!seen.has(scope)) addPairs(hashes, scope.attributes)
    seen.add(resource).add(scope)
  }
  const bits = 2 ** Math.ceil(Math.log2(Math.max(hashes.size * bitsPerValue, 32)))
  const words = new Uint32Array(bits / 32)
  for (const hash of hashes)
    for (const bit of bitsOf(hash)) words[(bit & (bits - 1)) >>> 5]! |= 1 << (bit & 31)
  return { words, longest }
}

function addPairs(hashes: Set<number>, pairs: readonly Pair[]): void {
  for (const { key, value } of pairs) {
    if (value.type === 'nil') continue
    if (!Array.isArray(value.value)) hashes.add(hashOf(key, value.value as Single))
    else for (const each of value.value) hashes.add(hashOf(key, each))
  }
}

/** Whether a trace may have what is needed. */
export function signatureFilter(
  needs: TracesRequest['needs'],
  signatures: Signatures,
): (trace: number) => boolean {
  const lists = needs
    .map(list => list.map(condition => compile(condition, signatures)))
    .filter(isKnown)
    .map(list => (list.length === 1 ? list[0]! : (trace: number) => list.some(mayMeet => mayMeet(trace))))
  return trace => {
    for (const mayMeet of lists) if (!mayMeet(trace)) return false
    return true
  }
}

type MayMeet = (trace: number) => boolean

/** A condition that says nothing about the signature makes its list useless. */
function isKnown(list: (MayMeet | undefined)[]): list is MayMeet[] {
  return !list.includes(undefined)
}

function compile(
  { attribute, op, operand }: Condition,
  { words, places, longest }: Signatures,
): MayMeet | undefined {
  const { name, isIntrinsic } = attribute
  if (operand === undefined) return undefined
  if (isIntrinsic && name === 'duration') {
    if ((op !== '>' && op !== '>=') || operand.type !== 'duration') return undefined
    const bound = Number(operand.value)
    // Beyond 2^53 a longer one may be the same number.
    if (op === '>' && Number.isSafeInteger(bound)) return trace => longest[trace]! > bound
    return trace => longest[trace]! >= bound
  }
  if (op !== '=' && op !== 'in') return undefined
  const key = keyOf(name, isIntrinsic, operand)
  // What is missing is at times compared as an empty text, or as the text "nil".
  const values = valuesOf(operand)
  if (key === undefined || values.length === 0 || values.some(value => value === '' || value === 'nil'))
    return undefined
  const bits = values.map(value => bitsOf(hashOf(key, value)))
  return trace => {
    const from = places[trace]!
    const mask = (places[trace + 1]! - from) * 32 - 1
    const has = (bit: number) => (words[from + ((bit & mask) >>> 5)]! & (1 << (bit & 31))) !== 0
    for (const [one, two, three] of bits) if (has(one) && has(two) && has(three)) return true
    return false
  }
}

function keyOf(name: string, isIntrinsic: boolean, operand: Value): string | undefined {
  // `.name` finds the name of the span as well, where the query reads that too.
  if (!isIntrinsic) return name in intrinsics ? undefined : name
  if (name === 'name') return operand.type.startsWith('string') ? ':name' : undefined
  return (name === 'status' || name === 'kind') && operand.type === name ? `:${name}` : undefined
}

type Single = string | number | bigint | boolean

function valuesOf(operand: Value): readonly Single[] {
  if (operand.type === 'nil') return []
  return Array.isArray(operand.value) ? operand.value : [operand.value as Single]
}

const float = new Float64Array(1)
const halves = new Uint32Array(float.buffer)

/** 1 and 1.0 are the same, as the query may compare them. */
function hashOf(key: string, value: Single): number {
  const start = hashText(0x811c9dc5, key)
  if (typeof value === 'string') return hashText(start ^ 1, value)
  // -0 is 0.
  float[0] = Number(value) + 0
  return mix(mix(start ^ halves[0]!) ^ halves[1]!)
}

/** FNV-1a, of 16 bits at a time. */
function hashText(start: number, text: string): number {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix(hash)
}

/** Each bit in decides about all bits out. */
function mix(from: number): number {
  let hash = Math.imul(from ^ (from >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return hash ^ (hash >>> 16)
}

function bitsOf(hash: number): [number, number, number] {
  const step = mix(hash ^ 0x5bd1e995) | 1
  return [hash, hash + step, hash + 2 * step]
}
