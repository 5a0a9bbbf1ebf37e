/**
 * Who calls whom: a client's span and the server's below it make one request, and so do a producer's and a consumer's.
 * A call of a database has no span on the other side; its own attributes say which one it is.
 */
import { kinds, statuses } from '../../engines/traceql/language/value.ts'
import type { Span } from '../../engines/traceql/storage.ts'
import { httpServer, traceIdField } from '../../otel/signals.ts'
import { createFamily, type Family } from './family.ts'

interface ServiceGraph {
  families: readonly Family[]
  add(span: Span, service: string, traceId: string, now: number): void
  /** Lets go of halves whose other half has not come. */
  expire(now: number): void
}

/** One side of a request that waits for the other. */
interface Half {
  span: Span
  service: string
  since: number
}

const waitMs = 10_000
const mostWaiting = 10_000
const mostEdges = 500
/** As in Tempo, the first of these that is there names the database. */
const peers = ['peer.service', 'db.name', 'db.namespace', 'db.system', 'db.system.name']

export function createServiceGraph(): ServiceGraph {
  const buckets = [...httpServer.duration.buckets!]
  const name = 'traces_service_graph_request'
  const total = createFamily(name, 'Requests between two services', mostEdges)
  const failed = createFamily(`${name}_failed`, 'Failed requests between two services', mostEdges)
  const server = createFamily(`${name}_server_seconds`, 'As the called one sees it', mostEdges, buckets)
  const client = createFamily(`${name}_client_seconds`, 'As the calling one sees it', mostEdges, buckets)
  /** By trace, span of the caller, and which side it is. */
  const waiting = new Map<string, Half>()

  function count(from: Half, to: Half, connection: string, traceId: string): void {
    const labels = [
      ['client', from.service],
      ['server', to.service],
      ['connection_type', connection],
    ] as const
    const isError = (half: Half) => statuses[half.span.status] === 'error'
    const exemplar = { [traceIdField]: traceId }
    total.add(labels, 1)
    if (isError(from) || isError(to)) failed.add(labels, 1)
    server.add(labels, Number(to.span.duration) / 1e9, exemplar)
    client.add(labels, Number(from.span.duration) / 1e9, exemplar)
  }

  function pair(half: Half, isCaller: boolean, connection: string, traceId: string): void {
    const id = isCaller ? half.span.id : half.span.parentId
    const key = (side: string) => `${traceId}${id}${side}`
    const other = waiting.get(key(isCaller ? 'callee' : 'caller'))
    if (other !== undefined) {
      waiting.delete(key(isCaller ? 'callee' : 'caller'))
      if (isCaller) count(half, other, connection, traceId)
      else count(other, half, connection, traceId)
    } else if (waiting.size < mostWaiting) waiting.set(key(isCaller ? 'caller' : 'callee'), half)
  }

  return {
    families: [total, failed, server, client],
    add(span, service, traceId, now) {
      const kind = kinds[span.kind]
      const half = { span, service, since: now }
      const database = kind === 'client' ? databaseOf(span) : undefined
      if (database !== undefined) count(half, { ...half, service: database }, 'database', traceId)
      else if (kind === 'client' || kind === 'producer')
        pair(half, true, kind === 'producer' ? 'messaging_system' : '', traceId)
      else if ((kind === 'server' || kind === 'consumer') && span.parentId !== '')
        pair(half, false, kind === 'consumer' ? 'messaging_system' : '', traceId)
    },
    expire(now) {
      for (const [key, { since }] of waiting) {
        if (now - since < waitMs) return
        waiting.delete(key)
      }
    },
  }
}

function databaseOf({ attributes }: Span): string | undefined {
  const texts = new Map(
    attributes.flatMap(({ key, value }) => (value.type === 'string' ? [[key, value.value] as const] : [])),
  )
  if (!texts.has('db.system') && !texts.has('db.system.name')) return undefined
  return peers.map(name => texts.get(name)).find(name => name !== undefined && name !== '')
}
