/** Postgres without a server: PGlite as a process of its own, so that its work does not block anyone's event loop. */
import { existsSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PGlite, type PGliteOptions } from '@electric-sql/pglite'
import { serveWire, urlOf, type Wire } from '../database/wire.ts'
import { ImageFiles, keepImage, readImage } from './image.ts'
import { settings } from './settings.ts'
import { keepTidy } from './upkeep.ts'

/** A little more than a role may take for its end. */
const rolesEndWithinMs = 12_000
const folder = process.env.EMBEDDED_DATABASE_DIR
const isKept = folder !== undefined && existsSync(join(folder, 'PG_VERSION'))
const kind = process.env.EMBEDDED_DATABASE_EMPTY === 'on' ? 'empty' : 'shop'

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
  const image = isKept ? undefined : readImage(kind)
  const db = await PGlite.create({ ...settings(folder), ...(image === undefined ? {} : filesOf(image)) })
  if (!isKept && image === undefined) await makeImage(db)
  return { db, wire: serveWire(db) }
}

function filesOf(image: Buffer<ArrayBuffer>): PGliteOptions {
  return folder === undefined ? { fs: new ImageFiles(image) } : { loadDataDir: new Blob([image]) }
}

async function makeImage(db: PGlite): Promise<void> {
  process.env.LOG_LEVEL = 'warn'
  if (kind === 'shop') await (await import('./prepare.ts')).prepareShop(db)
  await db.exec('CHECKPOINT')
  // Asked for before anybody else can write; the answer may come while others are served.
  void keepImage(kind, db.dumpDataDir('none'))
}
