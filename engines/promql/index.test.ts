import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('index.ts', import.meta.url))

test('all that the entry reaches runs in a browser too', () => {
  const { files, packages } = reachedFrom(entry)
  expect(files.length).toBeGreaterThan(30)
  expect(packages).toEqual(['yaml'])
  for (const file of files) expect(withoutComments(file), file).not.toMatch(nodeOnly)
})

test('the walk sees what it must not find', () => {
  const { packages } = reachedFrom(fileURLToPath(new URL('files/data-file.ts', import.meta.url)))
  expect(packages).toContain('node:fs')
})

const nodeOnly = /\b(?:process\.|Buffer\b|require\(|__dirname|setImmediate|import\.meta\.(?:main|dirname))/

/** Every file the entry imports, directly or not, and every package any of them does. */
function reachedFrom(start: string): { files: string[]; packages: string[] } {
  const files = new Set([start])
  const packages = new Set<string>()
  for (const file of files)
    for (const [, specifier = ''] of withoutComments(file).matchAll(/(?:from|import\(?)\s*'([^']+)'/g)) {
      if (!specifier.startsWith('.')) packages.add(specifier)
      else {
        const path = join(dirname(file), specifier)
        expect(existsSync(path), path).toBe(true)
        files.add(path)
      }
    }
  return { files: [...files], packages: [...packages].sort() }
}

function withoutComments(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
}
