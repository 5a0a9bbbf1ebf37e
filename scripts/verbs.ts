/** A command of several verbs, each in a file of its own that is loaded when it is called. */

import { command, UsageError } from './command.ts'

type Main = (args: string[]) => Promise<number>
type Verbs = { [verb: string]: (() => Promise<Main>) | undefined }

/** Runs the verb that the first word names; without one, `--help` and errors come from `usage`. */
export function verbs(name: string, usage: string, known: Verbs): Main {
  const withoutVerb = command({
    name,
    usage,
    options: {},
    words: true,
    run: (_, [word]) => {
      const got = word === undefined ? 'nothing' : `"${word}"`
      throw new UsageError(`Cannot run ${name}: expected one of ${Object.keys(known).join(', ')}, got ${got}`)
    },
  })
  return async args => {
    const [word = '', ...rest] = args
    const verb = Object.hasOwn(known, word) ? known[word] : undefined
    return verb === undefined ? withoutVerb(args) : (await verb())(rest)
  }
}
