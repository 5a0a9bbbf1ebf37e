/** Text collected as bytes outside the JavaScript heap, where the garbage collector does not carry it around. */

export interface ByteBatch {
  /** False when there is no room left: take the bytes first, then append again. */
  append: (text: string) => boolean
  /** What was appended since the last time; the memory now belongs to the caller. */
  take: () => Buffer<ArrayBuffer>
  count: () => number
  size: () => number
}

const capacity = 128 * 1024
const maxBytesPerCharacter = 3

export function createByteBatch(): ByteBatch {
  let bytes: Buffer<ArrayBuffer> | undefined
  let size = 0
  let count = 0

  function append(text: string): boolean {
    const needed = text.length * maxBytesPerCharacter
    bytes ??= Buffer.allocUnsafeSlow(Math.max(capacity, needed))
    if (size + needed > bytes.length) {
      if (count > 0) return false
      bytes = Buffer.allocUnsafeSlow(needed)
    }
    size += bytes.write(text, size)
    count++
    return true
  }

  function take(): Buffer<ArrayBuffer> {
    const taken = (bytes ?? Buffer.alloc(0)).subarray(0, size)
    bytes = undefined
    size = 0
    count = 0
    return taken
  }

  return { append, take, count: () => count, size: () => size }
}
