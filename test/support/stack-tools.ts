import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export function findTool(name: string): { program: string } | { missing: string } {
  const program = (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(path => existsSync(path))
  return program === undefined ? { missing: `no ${name} on the PATH` } : { program }
}
