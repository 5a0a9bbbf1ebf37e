import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where programs of these names can be run from: all places, the first in the order of `path` foremost. */
export function onPath(names: readonly string[], path = process.env.PATH ?? ''): string[] {
  return path
    .split(delimiter)
    .flatMap(folder => names.map(name => join(folder, name)))
    .filter(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
