/** TypeScript as the JavaScript and the declarations that a package holds. */
import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '../../contract/user-error.ts'

/** All that the entries import, by its path such as `otel/logs.js` and, where wanted, `otel/logs.d.ts`. */
export async function compile(
  root: string,
  entries: readonly string[],
  hasDeclarations: boolean,
): Promise<ReadonlyMap<string, string>> {
  if (entries.length === 0) return new Map()
  const folder = mkdtempSync(join(tmpdir(), 'sightline-compile-'))
  const out = join(folder, 'out')
  try {
    const config = join(folder, 'tsconfig.json')
    writeFileSync(config, JSON.stringify(configOf(root, out, entries, hasDeclarations)))
    await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', config]).catch(error => {
      throw new UserError(`Cannot compile the packages:\n${error.stdout || error.message}`)
    })
    return new Map(
      globSync('**/*.{js,d.ts}', { cwd: out }).map(path => [
        path,
        withCompiledNames(path, readFileSync(join(out, path), 'utf8')),
      ]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function configOf(root: string, outDir: string, entries: readonly string[], declaration: boolean): object {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: entries.map(path => join(root, path)),
    include: [],
    exclude: [],
  }
}

/** tsc renames what is imported, and leaves the files of threads and the imports of declarations to us. */
function withCompiledNames(path: string, text: string): string {
  if (path.endsWith('.d.ts')) return text.replaceAll(/(['"])(\.\.?\/[^'"\n]+)\.ts\1/g, '$1$2.js$1')
  const renamed = text.replaceAll(
    /new URL\('(\.[^']+)\.ts', import\.meta\.url\)/g,
    "new URL('$1.js', import.meta.url)",
  )
  const left = /new URL\(['"`][^)]*\.ts['"`]/.exec(renamed)?.[0]
  if (left === undefined) return renamed
  throw new Error(`Cannot pack ${path}: expected a thread's file to be JavaScript, got ${left}`)
}
