/** Numbers and texts in and out of bytes. */

export type Packer = ReturnType<typeof packer>
export type Unpacker = ReturnType<typeof unpacker>

export function packer() {
  let bytes = Buffer.allocUnsafe(4096)
  let at = 0

  function reserve(count: number): number {
    if (at + count > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, at + count))
      bytes.copy(larger, 0, 0, at)
      bytes = larger
    }
    at += count
    return at - count
  }

  return {
    byte(value: number): void {
      bytes[reserve(1)] = value
    },
    /** A whole number from 0 to 2^53. */
    number(value: number): void {
      const place = reserve(8)
      at = place
      let rest = value
      while (rest >= 128) {
        bytes[at++] = (rest % 128) + 128
        rest = Math.floor(rest / 128)
      }
      bytes[at++] = rest
    },
    int64(value: bigint): void {
      bytes.writeBigInt64LE(value, reserve(8))
    },
    hex(value: string): void {
      this.byte(value.length / 2)
      bytes.write(value, reserve(value.length / 2), 'hex')
    },
    text(value: string): void {
      const length = Buffer.byteLength(value)
      this.number(length)
      bytes.write(value, reserve(length))
    },
    finish(): Buffer {
      const result = Buffer.from(bytes.subarray(0, at))
      at = 0
      return result
    },
  }
}

export function unpacker(from: Uint8Array) {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength)
  let at = 0
  return {
    isDone: () => at >= bytes.length,
    byte: () => bytes[at++]!,
    number(): number {
      let value = 0
      for (let factor = 1; ; factor *= 128) {
        const byte = bytes[at++]!
        value += (byte & 127) * factor
        if (byte < 128) return value
      }
    },
    int64(): bigint {
      at += 8
      return bytes.readBigInt64LE(at - 8)
    },
    hex(): string {
      const length = bytes[at++]!
      at += length
      return bytes.toString('hex', at - length, at)
    },
    text(): string {
      const length = this.number()
      at += length
      return bytes.toString('utf8', at - length, at)
    },
  }
}
