import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Writes files by their path below a folder, and returns their paths. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string[] {
  try {
    return Object.entries(files).map(([path, content]) => {
      const place = join(folder, path)
      mkdirSync(dirname(place), { recursive: true })
      writeFileSync(place, content)
      return place
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`Cannot write to ${folder}: expected a folder that can be written, got ${code}`)
  }
}
