/** What every verb does alike: read its options, print its help, and end with 0, 1 (found a problem) or 2 (wrong use). */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { seconds } from '../contract/durations.ts'

/** The words were wrong and not the world: exit code 2, and where help is. */
export class UsageError extends Error {}

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

/** The verb as a function from its words to its exit code, which never throws. */
export function command<const O extends ParseArgsOptionsConfig>(verb: Command<O>) {
  const { name, usage, options, words = false, run } = verb
  return async (args: readonly string[]): Promise<number> => {
    try {
      const { values, positionals } = parseArgs({
        args: [...args],
        options: { ...options, ...help },
        allowPositionals: words,
      })
      if ('help' in values) {
        console.log(usage)
        return 0
      }
      return await run(values as Values<O>, positionals)
    } catch (error) {
      const wrongUse = error instanceof UsageError || isParseError(error)
      console.error(isExpected(error) || wrongUse ? (error as Error).message : error)
      if (wrongUse) console.error(`See \`npm run ${name}${name.includes(' -- ') ? '' : ' --'} --help\``)
      return wrongUse ? 2 : 1
    }
  }
}

/** The values of options the verb cannot do without; `toDo` is what it would have done. */
export function required<T extends object, const N extends keyof T & string>(
  toDo: string,
  values: T,
  names: readonly N[],
): { [K in N]-?: NonNullable<T[K]> } {
  const isGiven = (name: N) => values[name] !== undefined && (values[name] as unknown) !== ''
  const missing = names.filter(name => !isGiven(name))
  if (missing.length === 0) return values as { [K in N]-?: NonNullable<T[K]> }
  const given = names.filter(isGiven)
  throw new UsageError(
    `Cannot ${toDo}: expected ${listed(names.map(option))}, got ${listed(given.map(option)) || 'nothing'}`,
  )
}

/** The address a server answers at, without a slash at its end. */
export function address(name: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '')
  throw new UsageError(
    `Cannot read ${option(name)}: expected an address such as http://127.0.0.1:9090, got "${text}"`,
  )
}

/** Seconds of a duration such as `15m`. */
export function time(name: string, text: string): number {
  try {
    const total = seconds(text)
    if (total > 0) return total
  } catch {}
  throw new UsageError(
    `Cannot read ${option(name)}: expected a duration above 0 such as 5s, 15m or 1h30m, got "${text}"`,
  )
}

/** The names of a comma separated option, all of them known. */
export function chosen(name: string, text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known
  const names = text.split(',').map(each => each.trim())
  const unknown = names.filter(each => !known.includes(each))
  if (unknown.length === 0) return names
  throw new UsageError(
    `Cannot read ${option(name)}: expected some of ${known.join(', ')}, got ${unknown.map(each => `"${each}"`).join(', ')}`,
  )
}

const help = { help: { type: 'boolean', short: 'h' } } as const

function option(name: string): string {
  return `--${name}`
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function isParseError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS')
}

/**
 * What the code throws on purpose is a plain Error, and what a signal ends a DOMException; the language's own kinds are
 * bugs, which need their stack.
 */
function isExpected(error: unknown): boolean {
  return error instanceof DOMException || (error instanceof Error && error.constructor === Error)
}
