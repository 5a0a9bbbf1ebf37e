/** Addresses: one, a range of them or a CIDR block, and their search in a text. */

type Bits = { bits: bigint; isV4: boolean }
type IpMatcher = (address: Bits) => boolean

/** Undefined when it is none: `1.2.3.4`, `::1`, `::ffff:1.2.3.4`. Zones are not supported. */
function parseIp(text: string): Bits | undefined {
  if (!text.includes(':')) {
    const bits = parseV4(text)
    return bits === undefined ? undefined : { bits, isV4: true }
  }
  const bits = parseV6(text)
  return bits === undefined ? undefined : { bits, isV4: false }
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let bits = 0n
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    bits = bits * 256n + BigInt(part)
  }
  return bits
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map(groupsOf)
  if (groups.some(found => found === undefined)) return undefined
  const [head, tail] = groups as (number[] | undefined)[]
  const given = head!.length + (tail?.length ?? 0)
  if (tail === undefined ? given !== 8 : given > 7) return undefined
  const all = tail === undefined ? head! : [...head!, ...new Array<number>(8 - given).fill(0), ...tail]
  return all.reduce((bits, group) => bits * 65536n + BigInt(group), 0n)
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part)
      if (v4 === undefined) return undefined
      groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn))
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

export function parseIpPattern(pattern: string): IpMatcher {
  const single = parseIp(pattern)
  if (single !== undefined) return ({ bits, isV4 }) => bits === single.bits && isV4 === single.isV4
  const [, base = '', length = ''] = /^([^/]*)\/(\d{1,3})$/.exec(pattern) ?? []
  const network = parseIp(base)
  const width = network?.isV4 ? 32 : 128
  if (network !== undefined && Number(length) <= width && !/^0\d/.test(length)) {
    const shift = BigInt(width - Number(length))
    return ({ bits, isV4 }) => isV4 === network.isV4 && bits >> shift === network.bits >> shift
  }
  const [from, to, ...more] = pattern.split('-').map(parseIp)
  if (
    from !== undefined &&
    to !== undefined &&
    more.length === 0 &&
    from.isV4 === to.isV4 &&
    from.bits <= to.bits
  )
    return ({ bits, isV4 }) => isV4 === from.isV4 && bits >= from.bits && bits <= to.bits
  throw new Error(
    `ip: invalid pattern: expected an address, a CIDR block or a range such as 10.0.0.1-10.0.0.9, got "${pattern}"`,
  )
}

/** What an address may begin with: `1.`, `12.`, `123.`, or `::1`, `a:`, `ab:`, `abc:`, `abcd:`. */
const beginnings =
  /\d(?=\.|.\.|..\.)(?=.{3})|::(?=[0-9a-fA-F])|[0-9a-fA-F](?=:|[0-9a-fA-F]:|[0-9a-fA-F]{2}:|[0-9a-fA-F]{3}:)/gs
const v4Beginning = /\d(?=\.|.\.|..\.)(?=.{3})/sy
const v4Letters = /[0-9.]*/y
const v6Letters = /[0-9a-fA-F:.]*/y

/**
 * Whether an address in the text matches. What cannot be the whole of one is skipped as a whole; an IPv6 address that
 * begins less than `shortest` characters before the end is not seen.
 */
export function containsIp(text: string, matches: IpMatcher, shortest: number): boolean {
  for (let at = 0; at < text.length; at++) {
    beginnings.lastIndex = at
    const found = beginnings.exec(text)
    if (found === null) return false
    at = found.index
    v4Beginning.lastIndex = at
    const isV4 = v4Beginning.test(text)
    if (!isV4 && text.length - at < shortest) continue
    const letters = isV4 ? v4Letters : v6Letters
    letters.lastIndex = at
    const candidate = letters.exec(text)![0]
    const address = parseIp(candidate)
    if (address !== undefined && matches(address)) return true
    at += candidate.length
  }
  return false
}
