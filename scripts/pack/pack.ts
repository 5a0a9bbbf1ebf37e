/** Folders of packages, and tarballs of them. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemReason, UserError } from '../../contract/user-error.ts'
import { writeFiles } from '../files.ts'
import { readSources } from '../layers/read.ts'
import { asInstalled } from './calls.ts'
import { compile } from './compile.ts'
import { type Contents, contentsOf } from './contents.ts'
import { oldestNode, type Package, scope } from './packages.ts'

export interface Packed {
  name: string
  tarball: string
  bytes: number
  files: string[]
}

interface OwnPackage {
  version: string
  license: string
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

export async function pack(root: string, chosen: readonly Package[], out: string): Promise<Packed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-pack-'))
  try {
    for (const [name, files] of await filesOf(root, chosen)) writeFiles(join(folder, name), files)
    writeFiles(out, {})
    return await tarballs(
      chosen.map(({ name }) => join(folder, name)),
      out,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The files of each package, by the package's name. */
async function filesOf(
  root: string,
  chosen: readonly Package[],
): Promise<Map<string, Record<string, string>>> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const own: OwnPackage = JSON.parse(read('package.json'))
  const sources = new Map(readSources(root).map(source => [source.path, source]))
  const versions = { ...own.devDependencies, ...own.dependencies }
  const contents = new Map(chosen.map(each => [each, contentsOf(each, sources, versions)]))
  const [programs, kits] = await Promise.all(
    [false, true].map(isKit => {
      const ofKind = [...contents.values()].filter(({ declarations }) => declarations.length > 0 === isKit)
      return compile(root, [...new Set(ofKind.flatMap(({ modules }) => modules))], isKit)
    }),
  )
  const emitted = (paths: readonly string[], ending: string, isKit: boolean) =>
    paths.map(path => {
      const name = path.replace(/\.ts$/, ending)
      return [name, asInstalled((isKit ? kits! : programs!).get(name)!)]
    })
  const files = async (each: Package, { modules, declarations, ...needs }: Contents) => ({
    'package.json': `${JSON.stringify(manifestOf(each, own, needs), undefined, 2)}\n`,
    'README.md': read(`scripts/pack/readme/${each.name}.md`),
    LICENSE: read('LICENSE'),
    ...Object.fromEntries([
      ...emitted(modules, '.js', declarations.length > 0),
      ...emitted(declarations, '.d.ts', true),
    ]),
    ...(await each.made?.()),
  })
  return new Map(
    await Promise.all(
      [...contents].map(async ([each, parts]) => [each.name, await files(each, parts)] as const),
    ),
  )
}

function manifestOf(
  { name, description, exports, bin }: Package,
  { version, license }: OwnPackage,
  { dependencies, peers }: Pick<Contents, 'dependencies' | 'peers'>,
): object {
  const place = (path: string, ending: string) => `./${path.replace(/\.ts$/, ending)}`
  const optional = peers.map(peer => [peer, { optional: true }])
  return {
    name: `${scope}/${name}`,
    version,
    description,
    license,
    type: 'module',
    engines: { node: `>=${oldestNode}` },
    ...(bin !== undefined && {
      bin: Object.fromEntries(Object.entries(bin).map(([program, path]) => [program, place(path, '.js')])),
    }),
    exports: {
      ...Object.fromEntries(
        Object.entries(exports).map(([path, file]) => [
          path,
          { types: place(file, '.d.ts'), default: place(file, '.js') },
        ]),
      ),
      './package.json': './package.json',
    },
    dependencies,
    ...(optional.length > 0 && {
      peerDependencies: Object.fromEntries(peers.map(peer => [peer, '*'])),
      peerDependenciesMeta: Object.fromEntries(optional),
    }),
  }
}

/** By npm itself, so that a tarball is what npm would publish. */
async function tarballs(folders: readonly string[], out: string): Promise<Packed[]> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', out, ...folders],
    { maxBuffer: 64e6 },
  ).catch(error => {
    const reason = (error.stderr as string | undefined)?.trim() || systemReason(error)
    throw new UserError({ action: `pack to ${out}`, expected: 'npm pack to run', got: reason })
  })
  const told: { name: string; filename: string; size: number; files: { path: string }[] }[] = Object.values(
    JSON.parse(stdout),
  )
  return told.map(({ name, filename, size, files }) => ({
    name,
    tarball: join(out, filename),
    bytes: size,
    files: files.map(({ path }) => path),
  }))
}
