/** What `npm run generate` would write, for targets with ports and folders of their own. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { outputs as alertOutputs } from '../alerts/outputs.ts'
import { outputs as dashboardOutputs } from '../dashboards/outputs.ts'
import { targetFiles } from './outputs.ts'
import type { Target } from './targets.ts'

export function writeGenerated(folder: string, targets: readonly Target[]): void {
  const files = Object.assign({ ...alertOutputs(), ...dashboardOutputs() }, ...targets.map(targetFiles))
  for (const [path, content] of Object.entries(files as Record<string, string>)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}
