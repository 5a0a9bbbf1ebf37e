/** What the grammar of a language says of a query, without asking the lab. */
import type { Source } from '../model/completion.ts'

/** Each parser is loaded with the language that is chosen. */
async function parserOf(source: Source): Promise<(query: string) => unknown> {
  if (source === 'prometheus') return (await import('../../../engines/promql/engine/parse.ts')).parse
  if (source === 'loki') return (await import('../../../engines/logql/language/parse.ts')).parse
  return (await import('../../../engines/traceql/language/parse.ts')).parse
}

/** Stand-ins as long as what they stand for, so that the place of an error stays the same: `000…01m`. */
const builtIns = [
  '$__rate_interval',
  '$__interval_ms',
  '$__interval',
  '$__range_ms',
  '$__range_s',
  '$__range',
]

const standIn = (name: string) => (/_m?s$/.test(name) ? '1' : '1m').padStart(name.length, '0')

/** The message with the place shown by carets; undefined where the query is right, empty, or a trace's id. */
export async function grammarError(source: Source, query: string): Promise<string | undefined> {
  if (query.trim() === '' || (source === 'tempo' && /^\s*[0-9a-f]{8,32}\s*$/i.test(query))) return undefined
  const parse = await parserOf(source)
  const plain = builtIns.reduce((text, name) => text.replaceAll(name, standIn(name)), query)
  try {
    parse(plain)
    return undefined
  } catch (error) {
    const { message } = error as Error
    return builtIns.reduce((text, name) => text.replaceAll(standIn(name), name), message)
  }
}
