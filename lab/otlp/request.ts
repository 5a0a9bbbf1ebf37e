/** A request of OTLP from its bytes, in the form that OTLP has in JSON, whichever of the two encodings it came in. */
import { decode } from './protobuf.ts'
import { type Signal, schemas } from './schema.ts'

/** The sender is at fault. */
class MalformedRequest extends Error {
  override name = 'MalformedRequest'
}

export function readRequest(signal: Signal, bytes: Uint8Array, isJson: boolean): unknown {
  if (!isJson) return decode(bytes, schemas[signal])
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new MalformedRequest(
      `Cannot read the ${signal}: expected OTLP in JSON: ${(error as Error).message}`,
    )
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new MalformedRequest(`Cannot read the ${signal}: expected an object of OTLP`)
}
