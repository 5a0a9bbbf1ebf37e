/** Writes generated/ from the TypeScript definitions, or with --check says what has drifted. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { command } from './command.ts'
import { writeFiles } from './files.ts'
import { isInstalled } from './installed.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'generated')

const usage = `Usage: npm run generate [-- --check]
       npm run generate -- --out DIR

Writes generated/ from the definitions in dashboards/, alerts/ and compose/.

  --check    write nothing; exit 1 when a file differs from its definition
  --out DIR  write to a folder of yours instead, and leave what else is in it`

/** All files, or every problem of every definition at once: nothing is written before all of it is known to be right. */
export function collect(sources: Record<string, () => Record<string, string>>): Map<string, string> {
  const files = new Map<string, string>()
  const problems: string[] = []
  for (const [folder, outputs] of Object.entries(sources)) {
    try {
      for (const [path, content] of Object.entries(outputs())) {
        if (files.has(path))
          problems.push(`${folder}: generated/${path} is already written by another folder`)
        files.set(path, content)
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      problems.push(error.message)
    }
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'))
  return files
}

interface Drift {
  missing: string[]
  changed: string[]
  extra: string[]
}

export function drift(files: Map<string, string>, folder: string): Drift {
  const present = new Set(filesBelow(folder))
  const paths = [...files.keys()]
  return {
    missing: paths.filter(path => !present.has(path)),
    changed: paths.filter(
      path => present.has(path) && readFileSync(join(folder, path), 'utf8') !== files.get(path),
    ),
    extra: [...present].filter(path => !files.has(path)),
  }
}

export function write(files: Map<string, string>, folder: string): Drift {
  const difference = drift(files, folder)
  const wanted = [...difference.missing, ...difference.changed]
  writeFiles(folder, Object.fromEntries(wanted.map(path => [path, files.get(path)!])))
  for (const path of difference.extra) rmSync(join(folder, path))
  return difference
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

/** Loading them takes half of the time; what Node makes of them is kept from one run to the next. */
async function definitions() {
  enableCompileCache()
  const [dashboards, alerts, compose] = await Promise.all([
    import('../dashboards/outputs.ts'),
    import('../alerts/outputs.ts'),
    import('../compose/outputs.ts'),
  ])
  return { dashboards: dashboards.outputs, alerts: alerts.outputs, compose: compose.outputs }
}

export const main = command({
  name: 'generate',
  usage,
  options: { check: { type: 'boolean' }, out: { type: 'string' } },
  run: async ({ check, out }) => {
    if (out === undefined && isInstalled)
      throw wrongUse({ action: 'generate', expected: '--out', got: 'nothing' })
    if (out !== undefined && check)
      throw wrongUse({ action: 'generate', expected: '--out or --check', got: 'both' })
    const files = collect(await definitions())
    if (out !== undefined) {
      console.log(writeFiles(out, Object.fromEntries(files)).join('\n'))
      return 0
    }
    const { missing, changed, extra } = check ? drift(files, root) : write(files, root)
    const lines = [
      ...missing.map(path => `new      generated/${path}`),
      ...changed.map(path => `changed  generated/${path}`),
      ...extra.map(path => `removed  generated/${path}`),
    ]
    if (check && lines.length > 0) {
      console.error(
        `generated/ has drifted from its definitions: run \`npm run generate\` and commit the result`,
      )
      console.error(lines.join('\n'))
      return 1
    }
    console.log(lines.length > 0 ? lines.join('\n') : `generated/ is up to date (${files.size} files)`)
    return 0
  },
})

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
