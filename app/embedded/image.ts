/** The embedded database as a file to start from: making an empty one takes seconds, reading a made one does not. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MemoryFS } from '@electric-sql/pglite'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.sightline/database')
/** `shop` has its schema and catalogue. */
type Kind = 'empty' | 'shop'

/** With another of these, an image holds something else. */
const sources = [
  'node_modules/@electric-sql/pglite/package.json',
  'node_modules/pg-boss/package.json',
  'app/database/migrations.ts',
  'app/catalog/seed.ts',
  'app/catalog/product-generator.ts',
  'app/embedded/prepare.ts',
  'app/embedded/settings.ts',
  'app/jobs/queue.ts',
]

export function readImage(kind: Kind): Buffer<ArrayBuffer> | undefined {
  const path = pathOf(kind)
  return existsSync(path) ? readFileSync(path) : undefined
}

/** A folder that cannot be written costs time at each start and nothing else. */
export async function keepImage(kind: Kind, dump: Promise<Blob>): Promise<void> {
  const path = pathOf(kind)
  // Others may start at the same time, and must not read half of it.
  const unfinished = `${path}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true })
    await writeFile(unfinished, (await dump).stream())
    for (const old of globSync(`${kind}-*.tar`, { cwd: folder })) rmSync(join(folder, old))
    renameSync(unfinished, path)
  } catch {
    rmSync(unfinished, { force: true })
  }
}

/**
 * Each file is a part of the image itself, and leaves it when it grows. PGlite's own way to load one keeps three copies:
 * the image, the image again as bytes, and each file.
 */
export class ImageFiles extends MemoryFS {
  readonly image: Buffer<ArrayBuffer>

  constructor(image: Buffer<ArrayBuffer>) {
    super()
    this.image = image
  }

  override async initialSyncFs(): Promise<void> {
    const { FS } = this.pg!.Module
    for (const { name, isFolder, data } of entriesOf(this.image)) {
      const path = `/pglite/data${name}`
      FS.mkdirTree(isFolder ? path : dirname(path))
      if (!isFolder) FS.writeFile(path, data, { canOwn: true })
    }
  }
}

/** A tar file: a header of 512 bytes, then the file's bytes up to a multiple of 512, and so on up to an empty header. */
function* entriesOf(tar: Buffer<ArrayBuffer>) {
  const text = (from: number, bytes: number) => tar.toString('latin1', from, from + bytes).replace(/\0.*/, '')
  for (let at = 0; tar[at] !== undefined && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8)
    const start = at + 512
    yield {
      name: text(at, 100),
      isFolder: text(at + 156, 1) === '5',
      data: tar.subarray(start, start + size),
    }
    at = start + Math.ceil(size / 512) * 512
  }
}

function pathOf(kind: Kind): string {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(readFileSync(join(root, source)))
  return join(folder, `${kind}-${hash.digest('hex').slice(0, 16)}.tar`)
}
