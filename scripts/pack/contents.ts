/** Which files a package is made of, and what it needs of others: whatever its entries import, one way or the other. */
import { UserError } from '../../contract/user-error.ts'
import type { SourceFile } from '../layers/read.ts'
import type { Package } from './packages.ts'

export interface Contents {
  /** Files that run. */
  modules: readonly string[]
  /** These and those of which only types are used. */
  declarations: readonly string[]
  dependencies: Record<string, string>
  /** Only their types are used: whoever calls the part about them has them, in whatever version. */
  peers: string[]
}

type Versions = Readonly<Record<string, string>>

export function contentsOf(
  { name, exports, bin = {}, without = [] }: Package,
  sources: ReadonlyMap<string, SourceFile>,
  versions: Versions,
): Contents {
  const entries = [...Object.values(exports), ...Object.values(bin)]
  const run = reach(
    entries,
    sources,
    ({ isTypeOnly, imported }) => !isTypeOnly && !without.includes(imported),
  )
  const hasTypes = Object.keys(exports).length > 0
  const typed = hasTypes ? reach(entries, sources, () => true) : run
  return {
    modules: run.files,
    declarations: hasTypes ? typed.files : [],
    dependencies: Object.fromEntries(
      [...run.packages].toSorted().map(each => [each, versionOf(name, each, versions)]),
    ),
    peers: [...typed.packages].filter(each => !run.packages.has(each)).toSorted(),
  }
}

function reach(
  entries: readonly string[],
  sources: ReadonlyMap<string, SourceFile>,
  counts: (found: SourceFile['imports'][number]) => boolean,
): { files: string[]; packages: Set<string> } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue
    files.add(path)
    for (const each of sources.get(path)!.imports.filter(counts)) {
      if (sources.has(each.imported)) waiting.push(each.imported)
      else if (!each.imported.startsWith('node:') && !onlyWhilePacking.includes(each.imported))
        packages.add(packageOf(each.imported))
    }
  }
  return { files: [...files].toSorted(), packages }
}

/** What it makes is packed instead. */
const onlyWhilePacking = ['esbuild']

/** `@scope/name/part` is of the package `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function versionOf(name: string, dependency: string, versions: Versions): string {
  const version = versions[dependency]
  if (version !== undefined) return version
  throw new UserError({
    action: `pack ${name}`,
    expected: `package.json to have ${dependency}, which it imports`,
    got: 'no such dependency',
  })
}
