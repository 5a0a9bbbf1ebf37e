/** The gate: everything that has to hold before a change is done. */

import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { startVitest } from 'vitest/node'
import { compileCache } from '../app/compile-cache.ts'
import { wrongUse } from '../contract/user-error.ts'
import { allowedSkips } from '../test/allowed-skips.ts'
import { failures, progress } from '../test/gate/progress.ts'
import { duration, forbiddenSkips, skipsByReason, summary } from '../test/gate/summary.ts'
import { command } from './command.ts'

const usage = `Usage: npm run ok [-- [--strict] [FILE...]]
       npm run ok:long [-- [--strict] [FILE...]]
       npm run ok:soak [-- FILE...]

ok runs the types, lint, layers, drift of generated/, and all tests that need no long waiting.
ok:long runs the live suites: *.long.test.ts, and what grows when SIGHTLINE_LONG is 1.
ok:soak runs what takes hours: *.soak.test.ts, and what grows when SIGHTLINE_SOAK is 1.

  FILE       run only the tests whose path contains it
  --strict   a skipped test that test/allowed-skips.ts does not allow is a failure, as it is when CI=true

Exit code 0 when all of it holds, else 1. The last line reads "N passed, N failed, N skipped".`

/** Names of npm scripts, with their arguments. */
const checks = {
  types: ['types'],
  lint: ['lint'],
  layers: ['layers'],
  drift: ['generate', '--', '--check'],
}

const options = {
  strict: { type: 'boolean' },
  long: { type: 'boolean' },
  soak: { type: 'boolean' },
} as const

const main = command({ name: 'ok', usage, options, words: true, run })

interface Chosen {
  strict?: boolean
  long?: boolean
  soak?: boolean
}

async function run(chosen: Chosen, only: string[]): Promise<number> {
  const { strict = process.env.CI === 'true', long = false, soak = false } = chosen
  if (long && soak) throw wrongUse('Cannot run --long and --soak at once: expected one of them')
  const startedAt = performance.now()
  const failedChecks = long || soak ? 0 : await runChecks()
  const { outcome, modules } = await runTests(long ? 'long' : soak ? 'soak' : 'short', only)
  outcome.failed += failedChecks
  const forbidden = strict ? forbiddenSkips(outcome.skipped, allowedSkips) : []
  const lines = [
    ...failures(modules),
    ...skipsByReason('Skipped though test/allowed-skips.ts does not allow it:', forbidden),
    ...summary(outcome, (performance.now() - startedAt) / 1000),
  ]
  console.log(lines.join('\n'))
  return outcome.failed > 0 || forbidden.length > 0 || outcome.passed === 0 ? 1 : 0
}

/** How many of them failed. */
async function runChecks(): Promise<number> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, script]) => {
      const startedAt = performance.now()
      const child = spawn('npm', ['run', '--silent', ...script], { stdio: ['ignore', 'pipe', 'pipe'] })
      const ended = new Promise<number | null>((resolve, reject) =>
        child.on('close', resolve).on('error', reject),
      )
      const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
      const hasFailed = code !== 0
      console.log(
        `${name.padEnd(8)} ${hasFailed ? 'FAILED' : 'ok'}  ${duration((performance.now() - startedAt) / 1000)}`,
      )
      if (hasFailed) console.log(`${stdout}${stderr}`.trimEnd())
      return hasFailed
    }),
  )
  return results.filter(Boolean).length
}

async function runTests(kind: 'short' | 'long' | 'soak', only: string[]) {
  if (kind !== 'short') process.env[variableOf(kind)] = '1'
  const { reporter, outcome } = progress(console.log, kind !== 'short')
  const vitest = await startVitest('test', kind === 'short' ? only : filesThatGrow(kind, only), {
    watch: false,
    reporters: [reporter],
    // A forgotten `.only` would skip the rest of its file.
    allowOnly: false,
    color: false,
  })
  const modules = vitest.state.getTestModules()
  await vitest.close()
  // Vitest sets it too, for more than what failed here.
  process.exitCode = 0
  return { outcome, modules }
}

/** Test files of that kind, and those that do more when its variable is set. */
function filesThatGrow(kind: 'long' | 'soak', only: string[]): string[] {
  const found = globSync('**/*.test.ts', { exclude: ['node_modules', '.data', 'generated'] })
    .filter(
      file => file.endsWith(`.${kind}.test.ts`) || readFileSync(file, 'utf8').includes(variableOf(kind)),
    )
    .filter(file => only.length === 0 || only.some(part => file.includes(part)))
    .toSorted()
  if (found.length > 0) return found
  throw wrongUse({ action: `find ${kind} tests`, expected: `files named *.${kind}.test.ts`, got: 'none' })
}

function variableOf(kind: 'long' | 'soak'): string {
  return `SIGHTLINE_${kind.toUpperCase()}`
}

process.chdir(new URL('..', import.meta.url).pathname)
// Hundreds of processes are started, which take half the CPU time when what they load is compiled already.
Object.assign(process.env, compileCache)
process.exitCode = await main(process.argv.slice(2))
