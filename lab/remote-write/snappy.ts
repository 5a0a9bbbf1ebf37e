/** Undoes Snappy's block format, in which remote write is sent, within a number of bytes. */

class SnappyError extends Error {
  override name = 'SnappyError'
}

/** `most` bounds what comes out, whatever the bytes promise. */
export function unpackSnappy(bytes: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  let at = 0
  let written = 0
  const byte = () => {
    if (at >= bytes.length) throw new SnappyError(`expected more than ${bytes.length} bytes of snappy`)
    return bytes[at++]!
  }
  /** Little-endian. */
  const number = (length: number) => {
    let value = 0
    for (let i = 0; i < length; i++) value += byte() * 256 ** i
    return value
  }
  const length = varint(byte)
  if (length > most) throw new SnappyTooLarge(`expected at most ${most} bytes once unpacked, got ${length}`)
  const out = new Uint8Array(length)
  const room = (size: number) => {
    if (size > length - written) throw new SnappyError(`expected ${length} bytes once unpacked, got more`)
  }

  function literal(tag: number): void {
    const short = tag >> 2
    // Lengths from 61 on stand behind the tag, in one to four bytes.
    const size = 1 + (short < 60 ? short : number(short - 59))
    if (size > bytes.length - at)
      throw new SnappyError(`expected ${size} bytes of snappy, got ${bytes.length - at}`)
    room(size)
    out.set(bytes.subarray(at, at + size), written)
    at += size
    written += size
  }

  function copy(offset: number, size: number): void {
    if (offset === 0 || offset > written)
      throw new SnappyError(`expected a copy from within ${written} bytes, got one from ${offset} back`)
    room(size)
    if (offset >= size) out.copyWithin(written, written - offset, written - offset + size)
    // It repeats what it has just written: `a` and a copy of 5 from 1 back is `aaaaaa`.
    else for (let i = 0; i < size; i++) out[written + i] = out[written + i - offset]!
    written += size
  }

  while (at < bytes.length) {
    const tag = byte()
    const kind = tag & 3
    if (kind === 0) literal(tag)
    else if (kind === 1) copy((tag >> 5) * 256 + byte(), 4 + ((tag >> 2) & 7))
    else copy(number(kind === 2 ? 2 : 4), 1 + (tag >> 2))
  }
  if (written !== length) throw new SnappyError(`expected ${length} bytes once unpacked, got ${written}`)
  return out
}

export class SnappyTooLarge extends SnappyError {}

function varint(byte: () => number): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const next = byte()
    value += (next & 127) * 2 ** shift
    if (next < 128) return value
  }
  throw new SnappyError('expected a length of at most 5 bytes')
}
