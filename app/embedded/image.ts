/** The embedded database as a file to start from: making an empty one takes seconds, reading a made one does not. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.sightline/database')
/** With another of these, an image holds something else. */
const sources = [
  'node_modules/@electric-sql/pglite/package.json',
  'app/database/migrations.ts',
  'app/catalog/seed.ts',
  'app/catalog/product-generator.ts',
]

export function readImage(isEmpty: boolean): Uint8Array<ArrayBuffer> | undefined {
  const path = pathOf(isEmpty)
  return existsSync(path) ? readFileSync(path) : undefined
}

/** A folder that cannot be written costs time at each start and nothing else. */
export async function keepImage(isEmpty: boolean, dump: Promise<Blob>): Promise<void> {
  const path = pathOf(isEmpty)
  // Others may start at the same time, and must not read half of it.
  const unfinished = `${path}.${process.pid}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(unfinished, Buffer.from(await (await dump).arrayBuffer()))
    for (const old of globSync(`${kindOf(isEmpty)}-*.tar`, { cwd: folder })) rmSync(join(folder, old))
    renameSync(unfinished, path)
  } catch {
    rmSync(unfinished, { force: true })
  }
}

function pathOf(isEmpty: boolean): string {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(readFileSync(join(root, source)))
  return join(folder, `${kindOf(isEmpty)}-${hash.digest('hex').slice(0, 16)}.tar`)
}

const kindOf = (isEmpty: boolean) => (isEmpty ? 'empty' : 'shop')
