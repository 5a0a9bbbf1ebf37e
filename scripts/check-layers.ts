/** Checks who imports whom: the folders are a flow, and an arrow against it is a design mistake. */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { command } from './command.ts'

interface Layer {
  folder: string
  /** Folders or single files this layer may import; its own folder is always allowed. */
  mayImport: readonly string[]
}

/**
 * More specific places first: the first entry that holds a file decides. A folder may be named before its first file:
 * `lab` and `tuning` stand here as the design has them.
 */
export const layers: readonly Layer[] = [
  { folder: 'otel', mayImport: [] },
  { folder: 'engines', mayImport: [] },
  {
    folder: 'contract',
    mayImport: ['otel/signals.ts', 'dashboards/kit/layout.ts', 'dashboards/kit/model.ts'],
  },
  { folder: 'app', mayImport: ['otel', 'contract'] },
  { folder: 'alerts', mayImport: ['otel/signals.ts', 'contract', 'engines'] },
  { folder: 'dashboards', mayImport: ['otel/signals.ts', 'contract', 'engines', 'alerts'] },
  {
    folder: 'compose',
    mayImport: ['otel', 'contract', 'alerts', 'dashboards', 'app/heap-limits.ts', 'export'],
  },
  { folder: 'export', mayImport: ['otel', 'contract', 'engines', 'alerts', 'dashboards'] },
]

/** Files that only run the product: they may import any layer, but no layer may import them. */
const outermost = ['scripts', 'test', 'bench', 'examples']

export interface Violation {
  file: string
  line: number
  imported: string
  reason: string
}

export function checkImports(file: string, source: string): Violation[] {
  const violations: Violation[] = []
  const from = layers.find(layer => holds(layer.folder, file))
  const isOutermost = outermost.some(folder => holds(folder, file))
  const isTest = file.endsWith('.test.ts')
  source.split('\n').forEach((text, index) => {
    const specifier = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/.exec(text)?.[1]
    if (specifier === undefined) return
    const imported = normalize(join(dirname(file), specifier))
    const report = (reason: string) => violations.push({ file, line: index + 1, imported, reason })
    if (holds('generated', imported))
      report('no code imports generated/: import the definition it was made from')
    else if (holds('scripts', imported) && !holds('scripts', file) && !isOutermost)
      report('nothing imports scripts/: move the shared part into the folder it belongs to')
    else if (isTest || isOutermost || from === undefined) return
    else if (![...from.mayImport, from.folder].some(place => holds(place, imported)))
      report(`${from.folder} may import ${[...from.mayImport].join(', ') || 'nothing of ours'}`)
  })
  return violations
}

function holds(place: string, path: string): boolean {
  return path === place || path.startsWith(`${place}/`)
}

function main(): number {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = listed.split('\n').filter(file => file !== '' && existsSync(join(root, file)))
  const violations = files.flatMap(file => checkImports(file, readFileSync(join(root, file), 'utf8')))
  for (const { file, line, imported, reason } of violations)
    console.error(`${file}:${line}: imports ${imported}: ${reason}`)
  if (violations.length > 0) return 1
  console.log(`layers: ${files.length} files keep to the import rules`)
  return 0
}

const usage = `Usage: npm run layers

Checks who imports whom: ${layers.map(({ folder }) => folder).join(', ')}.
Exit code 1 when a file imports what its folder may not; the rules stand in scripts/check-layers.ts.`

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = await command({ name: 'layers', usage, options: {}, run: main })(process.argv.slice(2))
