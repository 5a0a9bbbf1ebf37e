/**
 * What a backend says of a request it has accepted: how many of its items it refuses all the same. Undefined when the
 * answer is none that OTLP knows, such as the page of a web server, or a count that is no whole number: then nobody
 * knows that anything has arrived.
 */
export function rejectedItems(answer: Buffer, contentType: string): number | undefined {
  return contentType.startsWith('application/x-protobuf') ? ofProtobuf(answer) : ofJson(answer.toString())
}

function ofJson(text: string): number | undefined {
  if (text.trim() === '') return 0
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: Record<string, unknown> | null }
    const { rejectedSpans, rejectedLogRecords, rejectedDataPoints } = partialSuccess ?? {}
    const count = rejectedSpans ?? rejectedLogRecords ?? rejectedDataPoints ?? 0
    // Whole numbers of 64 bits are text in JSON.
    const digits = typeof count === 'number' || typeof count === 'string' ? String(count) : ''
    return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
  } catch {
    return undefined
  }
}

/** Field 1 is the partial success, of which field 1 is the count; of all three signals. */
function ofProtobuf(bytes: Buffer): number | undefined {
  try {
    let rejected = 0
    for (const [number, value] of fieldsOf(bytes)) {
      if (number !== 1) continue
      if (!Buffer.isBuffer(value)) return undefined
      for (const [inner, count] of fieldsOf(value)) if (inner === 1) rejected = Number(count)
    }
    return Number.isSafeInteger(rejected) && rejected >= 0 ? rejected : undefined
  } catch {
    return undefined
  }
}

/** Varints and what has a length; there is nothing else in an answer. */
function* fieldsOf(bytes: Buffer): Generator<[number: number, value: bigint | Buffer]> {
  let at = 0
  function varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('expected another byte')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError('expected at most ten bytes')
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    if ((tag & 7) === 0) yield [tag >> 3, varint()]
    else if ((tag & 7) === 2) {
      const end = Number(varint()) + at
      if (end > bytes.length) throw new RangeError('expected as many bytes as said')
      yield [tag >> 3, bytes.subarray(at, end)]
      at = end
    } else throw new TypeError('expected a varint or what has a length')
  }
}
