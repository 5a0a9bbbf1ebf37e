/**
 * The Postgres wire in front of PGlite, for many connections. PGlite's own socket server passes on message by message,
 * so the messages of one connection's query mix with another's as soon as one fails. Here a connection's messages go in
 * up to the point where Postgres answers, as one, and a transaction keeps the database until it ends. A statement runs
 * on the only thread there is, so nothing can interrupt it: `statement_timeout` is accepted and has no effect.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'

const sslRequest = 80_877_103
const gssRequest = 80_877_104
const cancelRequest = 80_877_102
/** Query, Sync, FunctionCall, CopyDone and CopyFail: what Postgres answers at once. */
const answered = new Set(['Q', 'S', 'F', 'c', 'f'])
/** A startup packet or a query larger than this is a mistake, not a use. */
const maxMessageBytes = 64 * 1024 * 1024
/** As `idle_in_transaction_session_timeout` of a server: here one forgotten transaction would keep everybody waiting. */
const idleInTransactionMs = 10_000

export interface Wire {
  server: Server
  /** Does other work with the database when its turn comes, between the statements and transactions of connections. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

export function serveWire(db: PGlite): Wire {
  const { exclusively, leave } = turns<Socket | 'itself'>(
    () => db.isInTransaction(),
    who => {
      if (who !== 'itself') who.destroy()
    },
  )

  async function run(socket: Socket, message: Buffer): Promise<void> {
    await exclusively(socket, async () => {
      if (socket.destroyed) return
      await db.execProtocolRawStream(message, {
        onRawData: data => {
          if (socket.writable) socket.write(Buffer.from(data))
        },
      })
    })
  }

  const server = createServer({ noDelay: true }, socket => {
    let work = Promise.resolve()
    const messages = splitMessages(
      () => socket.write('N'),
      message => {
        work = work.then(() => run(socket, message)).catch(error => void socket.destroy(error))
      },
      () => socket.destroy(),
    )
    socket.on('data', messages)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      work = work.then(() => leave(socket, () => db.exec('ROLLBACK'))).catch(() => {})
    })
  })
  return { server, inTurn: work => exclusively('itself', work) }
}

export function urlOf(server: Server): string {
  return `postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`
}

/** Gives out turns in order of arrival; whoever is in a transaction keeps its turn until that is over. */
function turns<Who>(inTransaction: () => boolean, giveUp: (who: Who) => void) {
  interface Waiting {
    who: Who
    start: () => void
  }
  let owner: Who | undefined
  let busy = false
  let idle: NodeJS.Timeout | undefined
  const queue: Waiting[] = []

  function next(): void {
    if (busy) return
    const index = owner === undefined ? 0 : queue.findIndex(waiting => waiting.who === owner)
    const [chosen] = index === -1 ? [] : queue.splice(index, 1)
    if (chosen === undefined) return
    busy = true
    clearTimeout(idle)
    chosen.start()
  }

  async function exclusively<T>(who: Who, work: () => Promise<T>): Promise<T> {
    await new Promise<void>(start => {
      queue.push({ who, start })
      next()
    })
    try {
      return await work()
    } finally {
      owner = inTransaction() ? who : undefined
      busy = false
      if (owner !== undefined) idle = setTimeout(giveUp, idleInTransactionMs, owner)
      next()
    }
  }

  /** The connection is gone; what it left open is rolled back. */
  async function leave(who: Who, rollBack: () => Promise<unknown>): Promise<void> {
    if (owner !== who) return
    await exclusively(who, rollBack)
  }

  return { exclusively, leave }
}

/** Cuts the bytes of a connection into messages and hands them over in the groups that Postgres answers. */
function splitMessages(
  refuseEncryption: () => void,
  complete: (messages: Buffer) => void,
  end: () => void,
): (chunk: Buffer) => void {
  let received: Buffer = Buffer.alloc(0)
  let started = false
  let group: Buffer[] = []

  return chunk => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    for (;;) {
      const typeBytes = started ? 1 : 0
      if (received.length < typeBytes + 4) return
      const length = typeBytes + received.readUInt32BE(typeBytes)
      if (length > maxMessageBytes || length < typeBytes + 4) return end()
      if (received.length < length) return
      const message = received.subarray(0, length)
      received = received.subarray(length)
      if (!started) {
        const code = length >= 8 ? message.readUInt32BE(4) : 0
        if (code === sslRequest || code === gssRequest) refuseEncryption()
        else if (code === cancelRequest) return end()
        else {
          started = true
          complete(message)
        }
        continue
      }
      const type = String.fromCharCode(message[0]!)
      if (type === 'X') return end()
      group.push(message)
      // Flush asks for an answer too, but what follows it belongs to the same query.
      if (!answered.has(type)) continue
      complete(group.length === 1 ? message : Buffer.concat(group))
      group = []
    }
  }
}
