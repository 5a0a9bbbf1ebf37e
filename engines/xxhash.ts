/** The hash that Prometheus tells series apart by: xxHash64 with seed 0. */

const bits = 0xffff_ffff_ffff_ffffn
const [p1, p2, p3, p4, p5]: [bigint, bigint, bigint, bigint, bigint] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
]

const times = (a: bigint, b: bigint) => (a * b) & bits
const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & bits
const round = (state: bigint, input: bigint) => times(rotate((state + times(input, p2)) & bits, 31n), p1)

export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  let hash = p5
  if (bytes.length >= 32) {
    const lanes = [(p1 + p2) & bits, p2, 0n, bits - p1 + 1n]
    for (; at + 32 <= bytes.length; at += 32)
      for (let lane = 0; lane < 4; lane++)
        lanes[lane] = round(lanes[lane]!, view.getBigUint64(at + lane * 8, true))
    hash = lanes.reduce((sum, lane, index) => sum + rotate(lane, [1n, 7n, 12n, 18n][index]!), 0n) & bits
    for (const lane of lanes) hash = (times(hash ^ round(0n, lane), p1) + p4) & bits
  }
  hash = (hash + BigInt(bytes.length)) & bits
  for (; at + 8 <= bytes.length; at += 8)
    hash = (times(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n), p1) + p4) & bits
  if (at + 4 <= bytes.length) {
    hash = (times(rotate(hash ^ times(BigInt(view.getUint32(at, true)), p1), 23n), p2) + p3) & bits
    at += 4
  }
  for (; at < bytes.length; at++) hash = times(rotate(hash ^ times(BigInt(bytes[at]!), p5), 11n), p1)
  hash = times(hash ^ (hash >> 33n), p2)
  hash = times(hash ^ (hash >> 29n), p3)
  return hash ^ (hash >> 32n)
}
