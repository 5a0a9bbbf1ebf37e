/** Sizes such as `1.5KB` and `2MiB`, as Loki reads them. */

import { parseGoFloat } from '../../go/floats.ts'
import { quote } from '../../go/strings.ts'

const decimal = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15, e: 1e18 }
const sizes = new Map<string, number>([
  ['', 1],
  ['b', 1],
])
Object.entries(decimal).forEach(([letter, size], index) => {
  sizes.set(`${letter}b`, size).set(letter, size)
  sizes.set(`${letter}ib`, 1024 ** (index + 1)).set(`${letter}i`, 1024 ** (index + 1))
})

export function parseBytes(text: string): { bytes: number } | { problem: string } {
  const digits = /^[\p{Nd}.,]*/u.exec(text)![0]
  const number = digits.replaceAll(',', '')
  const value = parseGoFloat(number)
  if (value === undefined) return { problem: `strconv.ParseFloat: parsing ${quote(number)}: invalid syntax` }
  const unit = text.slice(digits.length).trim().toLowerCase()
  const size = sizes.get(unit)
  if (size === undefined) return { problem: `unhandled size name: ${unit}` }
  if (value * size >= 2 ** 64) return { problem: `too large: ${text}` }
  return { bytes: Math.trunc(value * size) }
}

/**
 * The size as Loki 3.7 writes it: 1234 as 1.2kB, 123456 as 123kB. In this form it passes a query on from one of its
 * components to the next, so `size > 1234B` asks for more than 1200 there.
 */
export function roundedBytes(bytes: number): number {
  if (bytes < 10) return bytes
  const unit = 1000 ** Math.floor(Math.log(bytes) / Math.log(1000))
  const value = Math.floor((bytes / unit) * 10 + 0.5) / 10
  return Math.trunc(Number(value < 10 ? value.toFixed(1) : value.toFixed(0)) * unit)
}
