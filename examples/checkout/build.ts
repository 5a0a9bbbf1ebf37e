/** Dashboards and alerts for the service "checkout", by import instead of by command line. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exportProject } from '../../dashboards/export/project.ts'
import { objectives, signals } from './signals.ts'

export function build(): Record<string, string> {
  return exportProject({
    service: 'checkout',
    signals,
    objectives,
    only: ['red', 'use', 'slo'],
    format: 'grafana',
  }).files
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? join(import.meta.dirname, 'out')
  for (const [path, content] of Object.entries(build())) {
    mkdirSync(dirname(join(out, path)), { recursive: true })
    writeFileSync(join(out, path), content)
  }
  console.log(`Written to ${out}`)
}
