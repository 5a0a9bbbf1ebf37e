/** Reads a file line by line, without ever holding more of it than a line. */

import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

/** Longer lines are refused before they fill the memory. */
const longestLine = 64 * 1024 * 1024

/** `refusal` makes the error for a line that is too long. */
export function* linesOf(path: string, refusal: (message: string) => Error): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.alloc(1024 * 1024)
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for (let length = 0; ; ) {
      length = readSync(file, chunk)
      const lines = (rest + (length === 0 ? decoder.end() : decoder.write(chunk.subarray(0, length)))).split(
        '\n',
      )
      rest = lines.pop()!
      yield* lines
      if (rest.length > longestLine)
        throw refusal(`Cannot read ${path}: expected lines of at most ${longestLine} characters, got more`)
      if (length === 0) break
    }
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}
