/** Files named on the command line; `-` stands for standard input and output. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemReason, UserError, wrongUse } from '../contract/user-error.ts'

/** `what` is the kind of file expected: `an OpenSLO or Sloth file`. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw wrongUse({ action: `read ${file}`, expected: what, got: systemReason(error) })
  }
}

export function writeText(file: string, text: string): void {
  try {
    if (file === '-') console.log(text)
    else writeFileSync(file, text)
  } catch (error) {
    throw wrongUse({
      action: `write ${file}`,
      expected: 'a file that can be written',
      got: systemReason(error),
    })
  }
}

/** Writes files by their paths below a folder, which is made, and returns where they are. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string[] {
  try {
    makeFolder(folder)
    return Object.entries(files).map(([path, content]) => {
      const place = join(folder, path)
      makeFolder(dirname(place))
      writeFileSync(place, content)
      return place
    })
  } catch (error) {
    throw new UserError({
      action: `write to ${folder}`,
      expected: 'a folder that can be written',
      got: systemReason(error),
    })
  }
}

/** One folder after the other: Node's `recursive` never ends where a folder cannot be made, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  const above = dirname(folder)
  if (above !== folder) makeFolder(above)
  mkdirSync(folder)
}
