/** Postgres without a server: PGlite as a process of its own, so that its work does not block anyone's event loop. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { serveWire } from './wire.ts'

/** A little more than a role may take for its end. */
const rolesEndWithinMs = 12_000
const folder = process.env.EMBEDDED_DATABASE_DIR
/** A file to start from, made when it is not there: three quarters of a start in memory is the making of an empty database. */
const image = process.env.EMBEDDED_DATABASE_IMAGE

if (folder !== undefined) mkdirSync(folder, { recursive: true })
const db = folder === undefined ? await createInMemory() : await PGlite.create({ dataDir: folder })
const server = serveWire(db)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ url: `postgres://postgres@127.0.0.1:${port}/postgres` })
})

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

async function createInMemory(): Promise<PGlite> {
  if (image === undefined) return PGlite.create()
  if (existsSync(image)) return PGlite.create({ loadDataDir: new Blob([readFileSync(image)]) })
  const empty = await PGlite.create()
  const copy = await empty.dumpDataDir('none')
  // Others may start at the same time, and must not read half of it.
  const unfinished = `${image}.${process.pid}`
  writeFileSync(unfinished, Buffer.from(await copy.arrayBuffer()))
  renameSync(unfinished, image)
  return empty
}
