/** Text collected as bytes outside the JavaScript heap, where the garbage collector does not carry it around. */

interface ByteBatch {
  /** False when there is no room left: take the bytes first, then append again. */
  append: (text: string) => boolean
  /** A copy of what was appended since the last time. */
  take: () => Buffer<ArrayBuffer>
  count: () => number
  size: () => number
}

const capacity = 128 * 1024
const maxBytesPerCharacter = 3

export function createByteBatch(): ByteBatch {
  let bytes = Buffer.allocUnsafeSlow(capacity)
  let size = 0
  let count = 0

  function append(text: string): boolean {
    const needed = size + text.length * maxBytesPerCharacter
    if (needed > bytes.length) {
      if (count > 0) return false
      bytes = Buffer.allocUnsafeSlow(needed)
    }
    size += bytes.write(text, size)
    count++
    return true
  }

  function take(): Buffer<ArrayBuffer> {
    const taken = Buffer.allocUnsafeSlow(size)
    bytes.copy(taken, 0, 0, size)
    if (bytes.length > capacity) bytes = Buffer.allocUnsafeSlow(capacity)
    size = 0
    count = 0
    return taken
  }

  return { append, take, count: () => count, size: () => size }
}
