/** What every verb does alike: read its options, print its help, tell what went wrong, and end with 0, 1 or 2. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { didYouMean, oneOf } from './options.ts'
import { visible } from './terminal.ts'

/** What an installed package calls its program, and nobody has published under that name. */
export const program = 'sightline'

interface Command<O extends ParseArgsOptionsConfig> {
  /** As it is called: `npm run NAME`. */
  name: string
  usage: string
  options: O
  /** Whether words that are no options are welcome. */
  words?: boolean
  run: (values: Values<O>, words: string[]) => number | Promise<number>
}

type Values<O extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: O }>>['values']

/** A verb from its arguments to its exit code: 0, 1 (found a problem) or 2 (wrong use). It never throws. */
export type Verb = (args: readonly string[]) => Promise<number>

export function command<const O extends ParseArgsOptionsConfig>(verb: Command<O>): Verb {
  const { name, usage, options, words = false, run } = verb
  const readable = { ...options, ...helpOption }
  return args =>
    guarded(name, async () => {
      if (asksForHelp(args)) {
        console.log(usage)
        return 0
      }
      refuseOptionsThatNpmTook(name, options)
      const { values, positionals } = strictly(name, args, readable, words)
      return run(values as Values<O>, positionals)
    })
}

/** A verb whose first word chooses among others, as in `npm run promql -- query`; each reads its own options. */
export function commandGroup(
  { name, usage, toDo }: { name: string; usage: string; toDo: string },
  verbs: { readonly [word: string]: () => Promise<Verb> },
): Verb {
  return async ([word, ...rest]) => {
    if (word !== undefined && Object.hasOwn(verbs, word)) return (await verbs[word]!())(rest)
    return guarded(name, async () => {
      if (word === '--help' || word === '-h') console.log(usage)
      else oneOf(toDo, word, Object.keys(verbs))
      return 0
    })
  }
}

/** Runs a verb that reads its own arguments, and tells what it throws as all verbs do. */
export function guarded(name: string, run: () => Promise<number>): Promise<number> {
  return withWorkingOutput(async () => {
    try {
      return await run()
    } catch (error) {
      return tell(error, name)
    }
  })
}

function asksForHelp(args: readonly string[]): boolean {
  const { values } = parseArgs({
    args: [...args],
    options: helpOption,
    allowPositionals: true,
    strict: false,
  })
  return values.help === true
}

const helpOption = { help: { type: 'boolean', short: 'h' } } as const

/** Prints what was thrown, a bug with its stack, and says how the process ends. */
function tell(error: unknown, name: string): number {
  // A signal ended it, as by Ctrl-C or a time that ran out.
  const isSignal = error instanceof DOMException
  if (!(error instanceof UserError)) {
    console.error(isSignal ? error.message : error)
    return 1
  }
  console.error(visible(error.message))
  if (error.exitCode === 2) console.error(`See \`${callOf(name)} --help\``)
  return error.exitCode
}

function callOf(name: string): string {
  const [verb, word] = name.split(' -- ')
  if (verb === program) return `npx --no-install ${program}`
  return word === undefined ? `npm run ${verb} --` : `npm run ${verb} -- ${word}`
}

function strictly<O extends ParseArgsOptionsConfig>(
  name: string,
  args: readonly string[],
  options: O,
  words: boolean,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: words })
  } catch (error) {
    throw wrongWords(error, callOf(name), Object.keys(options)) ?? error
  }
}

/** What parseArgs refused, or undefined when that is not where the error comes from. */
export function wrongWords(error: unknown, call: string, options: readonly string[]): UserError | undefined {
  const { code, message } = error as NodeJS.ErrnoException
  if (typeof code !== 'string' || !code.startsWith('ERR_PARSE_ARGS')) return undefined
  const unknown = /^Unknown option '(--?[^']+)'/.exec(message)?.[1]
  if (unknown !== undefined) {
    const known = options.map(option => `--${option}`)
    return wrongUse(`Unknown option '${unknown}'${didYouMean(unknown, known)}`)
  }
  const option = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument (?:is ambiguous|missing)/.exec(message)?.[1]
  if (option !== undefined)
    return wrongUse({
      action: `read ${option}`,
      expected: 'a value that begins with no dash',
      got: message.includes('ambiguous') ? 'one that does' : 'nothing',
    })
  const word = /^Unexpected argument '([^']*)'/.exec(message)?.[1]
  if (word === undefined) return wrongUse(message)
  return wrongUse({ action: `read "${word}"`, expected: `only options after \`${call}\`` })
}

/**
 * `npm run load --rate 5` gives the option to npm, which passes on the `5` alone: npm_config_rate is all that is left
 * of it. Unnoticed, the verb would run with its default.
 */
function refuseOptionsThatNpmTook(name: string, options: ParseArgsOptionsConfig): void {
  const verb = name.split(' ')[0]
  if (process.env.npm_lifecycle_event !== verb) return
  for (const [option, { type }] of Object.entries(options)) {
    const taken = process.env[`npm_config_${option.replaceAll('-', '_')}`]
    if (taken === undefined || taken === '') continue
    const value = type === 'boolean' ? '' : ` ${taken === 'true' ? '…' : taken}`
    throw wrongUse({
      action: `read --${option}`,
      expected: `-- before the options, as in \`${callOf(name)} --${option}${value}\``,
      got: 'it without, so that npm kept it for itself',
    })
  }
}

/** A result that could not be printed, because the disk is full or its reader gone, is no success. */
async function withWorkingOutput(run: () => Promise<number>): Promise<number> {
  let failure: NodeJS.ErrnoException | undefined
  const note = (error: NodeJS.ErrnoException) => {
    failure ??= error
  }
  process.stdout.on('error', note)
  try {
    const code = await run()
    await new Promise<void>(resolve => process.stdout.write('', () => resolve()))
    if (failure === undefined) return code
    // A reader that has seen enough, such as `head`, needs no word about it.
    if (failure.code !== 'EPIPE') console.error(`Cannot print the result: got ${failure.code}`)
    return code === 0 ? 1 : code
  } finally {
    process.stdout.off('error', note)
  }
}
