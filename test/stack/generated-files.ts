/** What `npm run generate` would write, for targets of a test's own. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { outputs as alertOutputs } from '../../alerts/outputs.ts'
import { targetFiles } from '../../compose/outputs.ts'
import type { Target } from '../../compose/targets.ts'
import { outputs as dashboardOutputs } from '../../dashboards/outputs.ts'

export function writeGenerated(folder: string, targets: readonly Target[]): void {
  const files = Object.assign({ ...alertOutputs(), ...dashboardOutputs() }, ...targets.map(targetFiles))
  for (const [path, content] of Object.entries(files as Record<string, string>)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

export function findTool(name: string): { program: string } | { missing: string } {
  const program = (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(path => existsSync(path))
  return program === undefined ? { missing: `no ${name} on the PATH` } : { program }
}
