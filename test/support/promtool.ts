/** promtool's rule tests of what `npm run generate` writes, in a folder of their own. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface WrittenFiles {
  /** Where a file lies, by its path below generated/. */
  at: (path: string) => string
  remove: () => void
}

export function writeFiles(files: Readonly<Record<string, string>>): WrittenFiles {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-rules-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return { at: path => join(folder, path), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface Verdict {
  passed: boolean
  output: string
}

/** Each file's verdict once it is there. promtool uses one core, so as many run side by side as there are cores. */
export function runRuleTests(
  promtool: string,
  { at }: WrittenFiles,
  paths: readonly string[],
): ReadonlyMap<string, Promise<Verdict>> {
  const waiting = paths.map(path => ({ path, ...Promise.withResolvers<Verdict>() }))
  const verdicts = new Map(waiting.map(({ path, promise }) => [path, promise]))
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      next.resolve(await testRules(promtool, at(next.path)))
  }
  for (let core = 0; core < availableParallelism(); core++) void work()
  return verdicts
}

export async function testRules(promtool: string, file: string): Promise<Verdict> {
  try {
    const { stdout, stderr } = await run(promtool, ['test', 'rules', file])
    return { passed: /SUCCESS\s*$/.test(stdout), output: stdout + stderr }
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    return { passed: false, output: stdout + stderr || message }
  }
}
