import { readFileSync } from 'node:fs'

/** Of the installed package, and here of this repository. */
export function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
