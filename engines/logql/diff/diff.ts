/** Compares this engine with a real Loki on random queries over random lines, and makes each difference small. */

import { QueryError } from '../../query-error.ts'
import { newRandom, type Random } from '../../random.ts'
import { randomLogQuery, randomMetricQuery } from '../fuzz/random-queries.ts'
import { parse } from '../language/parse.ts'
import { print } from '../language/print.ts'
import { type Answer, type Asked, askLoki, askOurs, difference, isTie } from './answers.ts'
import { randomStreams, seconds, start, storeOf } from './data.ts'
import { type PushedStream, type RealLoki, startLoki } from './real-loki.ts'
import { shrink } from './shrink.ts'

interface DiffOptions {
  binary: string
  seed: number
  queries: number
  print: (line: string) => void
}

const queriesPerData = 40

/** Prints each difference, and resolves to how many there are. */
export async function diff({ binary, seed, queries, print: tell }: DiffOptions): Promise<number> {
  const loki = await startLoki(binary)
  let differences = 0
  let failed = 0
  let ties = 0
  try {
    tell(`Loki ${loki.version}, seed ${seed}`)
    for (let done = 0; done < queries; ) {
      const random = newRandom(seed * 1_000_003 + done)
      const streams = randomStreams(random)
      const tenant = `t${seed}-${done}`
      await loki.push(tenant, streams)
      const store = storeOf(streams)
      for (let i = 0; i < queriesPerData && done < queries; i++, done++) {
        const asked = randomQuestion(random)
        const ours = askOurs(store, asked)
        const real = await askLoki(loki, tenant, asked)
        const found = difference(ours, real)
        if (ours.kind === 'error') failed++
        if (found === undefined) continue
        if (isTie(asked.query, ours, real) || (await isFickle(loki, tenant, asked, real))) {
          ties++
          continue
        }
        differences++
        tell(`\n${asked.query}\n  ${found}`)
        const small = await shrink({ asked, streams }, candidate => differs(loki, candidate))
        tell(
          `smaller: ${small.asked.query}\n  over ${JSON.stringify(small.streams)}\n  ${JSON.stringify({ ...small.asked, query: undefined })}`,
        )
      }
      if (done % 200 === 0 || done === queries)
        tell(`${done} queries, ${failed} of them errors, ${ties} ties by chance, ${differences} differences`)
    }
  } finally {
    await loki.stop()
  }
  return differences
}

/**
 * Whether Loki itself answers otherwise the next time: topk chooses between equal series, and an average of infinities
 * depends on the order of the series, which is another each time.
 */
async function isFickle(loki: RealLoki, tenant: string, asked: Asked, before: Answer): Promise<boolean> {
  for (let attempt = 0; attempt < 8; attempt++)
    if (difference(before, await askLoki(loki, tenant, asked)) !== undefined) return true
  return false
}

/** Parsed and printed again, so that the printer is compared as well; what does not parse stays as it is. */
function printed(query: string): string {
  try {
    return print(parse(query))
  } catch (error) {
    if (error instanceof QueryError) return query
    throw error
  }
}

let lastTenant = 0

/** A case that Loki does not take, or that cannot be asked, shows nothing. */
async function differs(
  loki: RealLoki,
  { asked, streams }: { asked: Asked; streams: readonly PushedStream[] },
): Promise<boolean> {
  const tenant = `s${++lastTenant}`
  try {
    await loki.push(tenant, streams)
    return difference(askOurs(storeOf(streams), asked), await askLoki(loki, tenant, asked)) !== undefined
  } catch {
    return false
  }
}

function randomQuestion(random: Random): Asked {
  const isLines = random.chance(0.5)
  const query = isLines ? randomLogQuery(random) : randomMetricQuery(random)
  const from = start + random.below(60)
  const to = start + seconds - random.below(60)
  return {
    query: printed(query),
    start: `${from}000000000`,
    end: `${to}000000000`,
    step: isLines || random.chance(0.4) ? 0 : random.pick([15, 30, 60, 300]),
    limit: random.chance(0.3) ? 1 + random.below(10) : 5000,
    direction: random.pick(['forward', 'backward']),
  }
}
