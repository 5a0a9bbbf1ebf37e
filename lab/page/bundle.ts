/** Bundles the browser's code with esbuild, and keeps the result until a source file changes. */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface Bundle {
  /** Names of the first script and of the style sheet. */
  entry: string
  style: string
  files: ReadonlyMap<string, Uint8Array>
}

const here = import.meta.dirname
const root = join(here, '..', '..')

/** A package has the bundle instead of its sources and of esbuild. */
const packed = join(here, 'bundle')

export async function bundled(folder: string | undefined): Promise<Bundle> {
  const made = read(packed)
  if (made !== undefined) return made
  if (folder === undefined) return build()
  const kept = join(folder, fingerprint())
  const known = read(kept)
  if (known !== undefined) return known
  const anew = await build()
  keep(anew, folder, kept)
  return anew
}

/** Changes with every source file and with the versions of what is bundled. */
function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package.json')))
  // Explore checks queries with the parsers of engines/.
  for (const pattern of ['lab/page/{browser,model}/**/*.{ts,css}', 'engines/**/*.ts'])
    for (const name of globSync(pattern, { cwd: root }).toSorted())
      if (!name.endsWith('.test.ts')) hash.update(name).update(readFileSync(join(root, name)))
  return hash
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 16)
}

async function build(): Promise<Bundle> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(here, 'browser', 'main.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    outdir: 'page',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    legalComments: 'none',
    logLevel: 'silent',
  })
  return bundleOf(new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])))
}

function bundleOf(files: ReadonlyMap<string, Uint8Array>): Bundle {
  const named = (ending: string) => {
    const name = [...files.keys()].find(each => each.startsWith('main-') && each.endsWith(ending))
    if (name === undefined)
      throw new Error(`Cannot bundle the page: expected a main file ending in ${ending}`)
    return name
  }
  return { entry: named('.js'), style: named('.css'), files }
}

function read(kept: string): Bundle | undefined {
  try {
    return bundleOf(new Map(readdirSync(kept).map(name => [name, readFileSync(join(kept, name))])))
  } catch {
    return undefined
  }
}

/** The folder appears whole or not at all, and older bundles go. A folder that cannot be written only costs time. */
function keep({ files }: Bundle, folder: string, kept: string): void {
  const work = `${kept}.${process.pid}`
  try {
    mkdirSync(work, { recursive: true })
    for (const [name, body] of files) writeFileSync(join(work, name), body)
    renameSync(work, kept)
    for (const name of readdirSync(folder))
      if (name !== basename(kept)) rmSync(join(folder, name), { recursive: true, force: true })
  } catch {
    rmSync(work, { recursive: true, force: true })
  }
}
