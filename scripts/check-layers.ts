/** Checks who imports whom: the folders are a flow, and an arrow against it is a design mistake. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Layer {
  folder: string
  /** Folders or single files this layer may import; its own folder is always allowed. */
  mayImport: readonly string[]
}

/** More specific places first: the first entry that holds a file decides. */
export const layers: readonly Layer[] = [
  { folder: 'otel/signals.ts', mayImport: [] },
  { folder: 'otel/stack-signals.ts', mayImport: ['otel/signals.ts'] },
  { folder: 'otel', mayImport: [] },
  { folder: 'promql', mayImport: [] },
  { folder: 'app/load', mayImport: ['app', 'otel', 'alerts/budgets.ts'] },
  { folder: 'app', mayImport: ['otel'] },
  { folder: 'alerts', mayImport: ['otel/signals.ts', 'otel/stack-signals.ts', 'promql', 'dashboards'] },
  { folder: 'dashboards', mayImport: ['otel/signals.ts', 'otel/stack-signals.ts', 'promql', 'alerts'] },
  { folder: 'compose', mayImport: ['otel/signals.ts', 'otel/stack-signals.ts', 'alerts', 'dashboards'] },
  { folder: 'lab', mayImport: ['promql', 'otel', 'alerts'] },
  { folder: 'tuning', mayImport: ['promql', 'alerts', 'otel/signals.ts'] },
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

function main(): void {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = listed.split('\n').filter(Boolean)
  const violations = files.flatMap(file => checkImports(file, readFileSync(join(root, file), 'utf8')))
  for (const { file, line, imported, reason } of violations)
    console.error(`${relative('.', file)}:${line}: imports ${imported}: ${reason}`)
  if (violations.length > 0) process.exit(1)
  console.log(`layers: ${files.length} files keep to the import rules`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
