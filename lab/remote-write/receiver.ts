/** Prometheus' remote write over HTTP: 204 where all was kept, 400 with the reason where some was not. */
import type { IncomingMessage } from 'node:http'
import { HttpError, type Route } from '../http.ts'
import { largestInflated, type OtlpIntake } from '../otlp/intake.ts'
import type { Taken } from '../otlp/response.ts'
import type { WriteVersion } from './schema.ts'
import { SnappyTooLarge, unpackSnappy } from './snappy.ts'

export const remoteWriteType = 'application/x-protobuf'

type WriteIntake = OtlpIntake<WriteVersion, Taken & { exemplars: number }>

export function remoteWriteRoute(intake: WriteIntake): Route {
  return {
    matches: path => path === '/api/v1/write',
    async handle(request, response) {
      const version = versionOf(request)
      const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
      const taken = await intake(body, version, {
        isJson: false,
        open: whole => ({ bytes: unpacked(whole), isZipped: false }),
      }).catch(error => {
        // What is left of a body that was not read must not be taken for the next request.
        response.setHeader('connection', 'close')
        if (error instanceof HttpError && error.status === 503) response.setHeader('retry-after', '1')
        throw error
      })
      const { count, rejected = 0, exemplars, message = '' } = taken
      response.setHeader('x-prometheus-remote-write-samples-written', count)
      response.setHeader('x-prometheus-remote-write-histograms-written', 0)
      response.setHeader('x-prometheus-remote-write-exemplars-written', exemplars)
      if (rejected > 0) throw new HttpError(400, `Cannot keep ${rejected} of the samples: ${message}`)
      response.writeHead(204).end()
    },
  }
}

const versions: { readonly [message: string]: WriteVersion | undefined } = {
  'prometheus.WriteRequest': 1,
  'io.prometheus.write.v2.Request': 2,
}

function versionOf({ method, headers }: IncomingMessage): WriteVersion {
  if (method !== 'POST') throw new HttpError(405, `Cannot take samples: expected POST, got ${method}`)
  const encoding = headers['content-encoding'] ?? 'snappy'
  if (encoding !== 'snappy')
    throw new HttpError(
      415,
      `Cannot take samples: expected a content-encoding of snappy, got "${encoding.slice(0, 40)}"`,
    )
  const type = headers['content-type'] ?? ''
  const message = /;\s*proto=([\w.]+)/.exec(type)?.[1] ?? 'prometheus.WriteRequest'
  const version = type.startsWith(remoteWriteType) ? versions[message] : undefined
  if (version !== undefined) return version
  throw new HttpError(
    415,
    `Cannot take samples: expected ${remoteWriteType} of ${Object.keys(versions).join(' or ')}, got "${type.slice(0, 100)}"`,
  )
}

function unpacked(whole: Buffer): Buffer {
  try {
    const { buffer } = unpackSnappy(whole, largestInflated)
    return Buffer.from(buffer)
  } catch (error) {
    const status = error instanceof SnappyTooLarge ? 413 : 400
    throw new HttpError(status, `Cannot take samples: ${(error as Error).message}`)
  }
}
