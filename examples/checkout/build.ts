/** Dashboards and alerts for the service "checkout", by import instead of by command line. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exportProject } from '../../export/project.ts'
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

if (import.meta.main) {
  const out = process.argv[2] ?? join(import.meta.dirname, 'out')
  for (const [path, content] of Object.entries(build())) {
    mkdirSync(dirname(join(out, path)), { recursive: true })
    writeFileSync(join(out, path), content)
  }
  console.log(`Written to ${out}`)
}
