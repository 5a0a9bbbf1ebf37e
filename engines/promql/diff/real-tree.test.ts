/**
 * The parser beside that of a real Prometheus: what it accepts, the tree it makes of it and how it writes it. One before
 * 3 shows the tree by how it indents a long query alone. PROMETHEUS names another one than PATH's.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { QueryError } from '../../query-error.ts'
import { seededRandom } from '../../random.ts'
import { parse } from '../engine/parse.ts'
import { mutate, randomQuery, tokenSoup } from '../fuzz/random-queries.ts'
import { childrenOf, type Expr, withChildren } from '../language/ast.ts'
import { format, print } from '../language/print.ts'
import { type RealPrometheus, startPrometheus, versionOf } from './real-prometheus.ts'
import { realTree } from './real-tree.ts'

const program = process.env.PROMETHEUS ?? 'prometheus'
const version = versionOf(program)
const isOld = Number(version?.split('.')[0]) < 3
const missing = `no ${program} on the PATH: install the package prometheus or set PROMETHEUS`
const title = version === undefined ? `Prometheus (skipped: ${missing})` : `Prometheus ${version}`

/**
 * What Prometheus 2 says of names of labels that are quoted or hold colons, of numbers for durations and the other way
 * round, of offsets of nothing or with two signs, and of 1_000.
 */
const newer = new RegExp(
  [
    'unexpected (string|metric identifier) .* in (label|grouping)',
    'unexpected (number|duration)',
    '(bad number or|not a valid) duration',
    'missing unit character',
    'duration must be greater than 0',
    'unexpected .* in offset',
    'trailing commas not allowed',
  ].join('|'),
)

describe.skipIf(version === undefined)(title, () => {
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

  test.each([
    'a + b ^ c * d',
    '-a ^ -b ^ c',
    'a - b - c / d / e',
    'a or b and c unless d or e',
    'a == b + c atan2 d < e % f',
  ])('reads the chain of operators %s alike', async query => {
    expect(await isAlike(query)).toBe(true)
  })

  /** Whether both accept it; fails where they differ. */
  const isAlike = (query: string) => (isOld ? isAlikeInOld(query) : isAlikeInNew(query))

  async function isAlikeInNew(query: string): Promise<boolean> {
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

  async function isAlikeInOld(query: string): Promise<boolean> {
    const real = await ask('format_query', query)
    const ours = parsed(query)
    if (typeof ours !== 'string' && real.status === 'error') {
      expect(real.error, query).toMatch(newer)
      return false
    }
    expect(typeof ours === 'string' ? 'error' : 'success', `${query}: ${ours}`).toBe(real.status)
    if (typeof ours === 'string') return false
    const long = lengthened(ours)
    const written = await ask('format_query', print(long))
    expect(withoutForgotten(String(written.data)), query).toBe(withoutForgotten(format(long)))
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

/** Text of more than a line is indented by its tree. */
function lengthened(expr: Expr): Expr {
  if (expr.kind !== 'selector') return withChildren(expr, childrenOf(expr).map(lengthened))
  const longest = { name: 'longest', operator: '=', value: 'x'.repeat(100) } as const
  return { ...expr, matchers: [...expr.matchers, longest] }
}

/** Prometheus 2 doesn't write `ignoring ()`, nor the `group_left` behind it, and numbers in another way. */
function withoutForgotten(text: string): string {
  return text
    .replace(/ ignoring \(\)(?: group_(?:left|right) \([^)]*\))?/g, '')
    .replaceAll('+Inf', 'Inf')
    .replace(/(?<![\w.])\d[\d.]*(?:e[-+]?\d+)?(?!\w)/g, number => String(Number(number)))
}
