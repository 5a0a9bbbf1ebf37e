/** Exports that no other file imports: dead code, or code that is private and should say so. */
import type { SourceFile } from './read.ts'

interface Unused {
  file: string
  line: number
  name: string
}

export function unusedExports(files: readonly SourceFile[]): Unused[] {
  const taken = new Map<string, Set<string>>()
  for (const { imports } of files)
    for (const { imported, names } of imports) {
      const known = taken.get(imported) ?? taken.set(imported, new Set()).get(imported)!
      for (const name of names === 'all' ? ['*'] : names) known.add(name)
    }
  return files.flatMap(({ path, exports }) => {
    const names = taken.get(path)
    if (isEntryPoint(path) || names?.has('*')) return []
    return exports.filter(({ name }) => !names?.has(name)).map(each => ({ file: path, ...each }))
  })
}

/** Read by name and not imported: the settings of tools, what a user reads in examples/, what engines/ offers. */
function isEntryPoint(path: string): boolean {
  return /^[^/]+\.config\.ts$|^examples\/|^engines\/[^/]+\/index\.ts$/.test(path)
}
