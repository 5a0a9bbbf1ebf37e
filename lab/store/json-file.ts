/** Small data in JSON, written beside and then moved, so that there is a whole file or the one before. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Undefined where there is none, or none that can be read. */
export function readJsonFile<Data>(path: string): Data | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Data
  } catch {
    return undefined
  }
}

export function writeJsonFile(path: string, data: object): void {
  writeFileSync(`${path}.new`, JSON.stringify(data))
  renameSync(`${path}.new`, path)
}
