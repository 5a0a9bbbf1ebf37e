/** Postgres without a server: PGlite as a process of its own, so that its work does not block anyone's event loop. */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { serveWire, type Wire } from '../database/wire.ts'
import { fromImage, keepImage } from './image.ts'
import { settings } from './settings.ts'
import { keepTidy } from './upkeep.ts'

/** A little more than a role may take for its end. */
const rolesEndWithinMs = 12_000
const folder = process.env.EMBEDDED_DATABASE_DIR
/** Without the shop's schema and catalogue. */
const isEmpty = process.env.EMBEDDED_DATABASE_EMPTY === 'on'

if (folder !== undefined) mkdirSync(folder, { recursive: true })
const opened = open()
// It listens before it can answer, so that the roles know where while they load.
const server = createServer({ noDelay: true, pauseOnConnect: true }, async socket => {
  const { wire } = await opened
  wire.server.emit('connection', socket)
  socket.resume()
})
server.listen(0, '127.0.0.1', () => process.send?.({ url: urlOf(server) }))
const { db, wire } = await opened
process.send?.({ isReady: true })
void keepTidy(db, wire.inTurn)

let connections = 0
server.on('connection', socket => {
  connections++
  socket.once('close', () => connections--)
})

// Ctrl-C reaches every process of the terminal; this one ends last, when the one that started it lets go.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {})
process.on('disconnect', async () => {
  // When that one was killed, the roles are still finishing what they have begun.
  for (const deadline = Date.now() + rolesEndWithinMs; connections > 0 && Date.now() < deadline; )
    await sleep(50)
  // In memory there is nothing to save; on disk the log recovers what a close that takes too long has not written.
  if (folder === undefined) process.exit()
  server.close()
  setTimeout(() => process.exit(), 2000)
  await db.close()
  process.exit()
})

async function open(): Promise<{ db: PGlite; wire: Wire }> {
  const own = settings(folder)
  const image = folder === undefined ? fromImage(isEmpty) : undefined
  const db = await PGlite.create({ ...own, ...image })
  const isNew = folder === undefined && image === undefined
  if (isNew && !isEmpty) await prepare(db)
  if (isNew) {
    await db.exec('CHECKPOINT')
    // Asked for before anybody else can write; the answer may come while others are served.
    void keepImage(isEmpty, db.dumpDataDir('none'))
  }
  return { db, wire: serveWire(db) }
}

/** What the roles do at their start, done once for all starts. */
async function prepare(db: PGlite): Promise<void> {
  process.env.LOG_LEVEL = 'warn'
  const { prepareShop } = await import('./prepare.ts')
  const server = serveWire(db).server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await prepareShop(urlOf(server))
  server.close()
}

function urlOf(server: Server): string {
  return `postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`
}
