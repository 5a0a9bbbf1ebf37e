/** Reads and inflates what services send, by HTTP or gRPC, within bounds, and hands it to the stores. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { HttpError } from '../http.ts'
import { Refused } from '../intake.ts'
import type { Taken } from './response.ts'
import type { Signal } from './schema.ts'

interface IntakeOptions<Kind, Result> {
  take: (kind: Kind, bytes: Uint8Array<ArrayBuffer>, isJson: boolean) => Promise<Result>
  /** Bytes that wait for their stores. */
  waiting: () => number
}

interface Form {
  isJson: boolean
  /** The message in a body, and whether it is gzip. */
  open: (body: Buffer) => { bytes: Buffer; isZipped: boolean }
}

/** Throws an HttpError that says why a request is not taken. */
export type OtlpIntake<Kind = Signal, Result = Taken> = (
  body: AsyncIterable<Buffer>,
  kind: Kind,
  form: Form,
) => Promise<Result>

/** Of a body as it is sent, and of the same once inflated. */
const largestBody = 4 * 1024 * 1024
export const largestInflated = 16 * 1024 * 1024
/** Of bodies that are being read, inflated or waiting for their store. */
export const largestBacklog = 64 * 1024 * 1024

export function createIntake<Kind, Result>({
  take,
  waiting,
}: IntakeOptions<Kind, Result>): OtlpIntake<Kind, Result> {
  let reading = 0
  return async (body, kind, { isJson, open }) => {
    if (reading + waiting() > largestBacklog)
      throw new HttpError(503, 'too much is waiting to be stored, send it again later')
    let held = 0
    try {
      const whole = await wholeOf(body, size => {
        held += size
        reading += size
      })
      const { bytes, isZipped } = open(whole)
      return await take(kind, ownBytes(isZipped ? await inflated(bytes) : bytes), isJson)
    } catch (error) {
      if (error instanceof Refused) throw new HttpError(isFull(error) ? 503 : 400, error.message)
      throw error
    } finally {
      reading -= held
    }
  }
}

function isFull({ name }: Refused): boolean {
  return name === 'LogStoreError' || name === 'StoreError'
}

async function wholeOf(body: AsyncIterable<Buffer>, onSize: (bytes: number) => void): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    onSize(part.length)
    if (size > largestBody) throw new HttpError(413, `expected a body of at most ${largestBody} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const inflate = promisify(gunzip)

async function inflated(body: Buffer): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: largestInflated })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new HttpError(413, `expected at most ${largestInflated} bytes once inflated`)
    throw new HttpError(400, `expected gzip, got ${(error as Error).message}`)
  }
}

/** Bytes in a buffer of their own, which can be moved to another thread: small ones share Node's pool. */
function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes)
}
