/** Whether this is an installed package or the repository, and of which version. */
import { readFileSync } from 'node:fs'
import { sep } from 'node:path'

export const isInstalled = import.meta.dirname.includes(`${sep}node_modules${sep}`)

export function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
