/** Numbers and texts in and out of bytes, little-endian, closed by a CRC-32. */

/** The bytes are no snapshot, or are damaged. */
export class SnapshotError extends Error {
  override name = 'SnapshotError'
}

export type Writer = ReturnType<typeof byteWriter>
export type Reader = ReturnType<typeof byteReader>

export function byteWriter() {
  let bytes = new Uint8Array(1024)
  let view = new DataView(bytes.buffer)
  let at = 0

  function reserve(count: number): number {
    if (at + count > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, at + count))
      larger.set(bytes.subarray(0, at))
      bytes = larger
      view = new DataView(bytes.buffer)
    }
    at += count
    return at - count
  }

  return {
    uint32(value: number): void {
      const place = reserve(4)
      view.setUint32(place, value, true)
    },
    text(value: string): void {
      const encoded = new TextEncoder().encode(value)
      this.uint32(encoded.length)
      const place = reserve(encoded.length)
      bytes.set(encoded, place)
    },
    floats(values: Float64Array, count: number): void {
      const place = reserve(count * 8)
      for (let i = 0; i < count; i++) view.setFloat64(place + i * 8, values[i]!, true)
    },
    /** All written so far, with its checksum. */
    finish(): Uint8Array {
      this.uint32(crc32(bytes.subarray(0, at)))
      return bytes.slice(0, at)
    },
  }
}

export function byteReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length - 4
  let at = 0

  function take(count: number): number {
    if (at + count > end) throw damaged(`it ends in the middle, after ${bytes.length} bytes`)
    at += count
    return at - count
  }

  const reader = {
    checkSum(): void {
      const [told, found] = [view.getUint32(end, true), crc32(bytes.subarray(0, end))]
      if (told !== found) throw damaged(`its checksum is ${hex(found)}, expected ${hex(told)}`)
    },
    uint32: () => view.getUint32(take(4), true),
    /** A number of things of at least `size` bytes each, no more than can follow. */
    count(size: number): number {
      const count = reader.uint32()
      if (count * size > end - at) throw damaged(`it announces ${count} entries and ends before them`)
      return count
    },
    text(): string {
      const length = reader.count(1)
      const place = take(length)
      return new TextDecoder().decode(bytes.subarray(place, place + length))
    },
    floats(count: number): Float64Array {
      const place = take(count * 8)
      return Float64Array.from({ length: count }, (_, i) => view.getFloat64(place + i * 8, true))
    },
    end(): void {
      if (at !== end) throw damaged(`${end - at} bytes are left over`)
    },
  }
  return reader
}

function damaged(what: string): SnapshotError {
  return new SnapshotError(`Cannot read the snapshot: it is damaged, ${what}`)
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let remainder = index
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1
  return remainder
})

function crc32(bytes: Uint8Array): number {
  let remainder = 0xffff_ffff
  for (let i = 0; i < bytes.length; i++)
    remainder = crcTable[(remainder ^ bytes[i]!) & 0xff]! ^ (remainder >>> 8)
  return (remainder ^ 0xffff_ffff) >>> 0
}
