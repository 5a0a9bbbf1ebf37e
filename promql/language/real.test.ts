/**
 * The parser beside that of a real Prometheus 3: what it accepts, the tree it makes of it and how it writes it.
 * PROMETHEUS names another one than PATH's.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../app/seeded-random.ts'
import { QueryError } from '../engine/result.ts'
import { type RealPrometheus, startPrometheus, versionOf } from '../testing/real-prometheus.ts'
import { parse } from './parse.ts'
import { format } from './print.ts'
import { mutate, randomQuery, tokenSoup } from './random-queries.ts'
import { realTree } from './real-tree.ts'

const program = process.env.PROMETHEUS ?? 'prometheus'
const version = versionOf(program)
const isRight = Number(version?.split('.')[0]) >= 3
const reason = `${version ?? 'none'}: its language is older, set PROMETHEUS to a Prometheus 3`
const title = isRight ? `Prometheus ${version}` : `Prometheus (skipped: found ${reason})`

describe.skipIf(!isRight)(title, () => {
  let server: RealPrometheus

  beforeAll(async () => {
    server = await startPrometheus(program)
  }, 120_000)

  afterAll(() => server?.stop())

  test('reads 600 random queries alike', { timeout: 300_000 }, async () => {
    const random = seededRandom(11)
    let accepted = 0
    for (let round = 0; round < 600; round++) {
      const query = [randomQuery(random, 3), mutate(random, randomQuery(random, 2)), tokenSoup(random)][
        round % 3
      ]!
      if (await isAlike(query)) accepted++
    }
    expect(accepted).toBeGreaterThan(100)
  })

  /** Whether both accept it; fails where they differ. */
  async function isAlike(query: string): Promise<boolean> {
    const real = await ask('parse_query', query)
    const ours = parsed(query)
    expect(typeof ours === 'string' ? 'error' : 'success', `${query}: ${ours} / ${real.error}`).toBe(
      real.status,
    )
    if (typeof ours === 'string') return false
    expect(realTree(ours), query).toEqual(real.data)
    const written = await ask('format_query', query)
    // Prometheus 3.5 forgets quotes around some labels, and its text is then another query or none.
    const reread = await ask('parse_query', String(written.data))
    if (inOrder(reread.data) === inOrder(real.data)) expect(format(ours)).toBe(written.data)
    return true
  }

  async function ask(path: string, query: string) {
    const response = await fetch(`${server.url}/api/v1/${path}`, {
      method: 'POST',
      body: new URLSearchParams({ query }),
    })
    return (await response.json()) as { status: string; data?: unknown; error?: string }
  }
})

function parsed(query: string) {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof QueryError) return error.message
    throw error
  }
}

/** Printing sorts matchers. */
function inOrder(tree: unknown): string {
  return JSON.stringify(tree, (key, value) =>
    key === 'matchers' ? value.map((matcher: unknown) => JSON.stringify(matcher)).sort() : value,
  )
}
