/**
 * The machine of states beside JavaScript's engine, where the two mean the same, and both beside a real Prometheus,
 * which captures groups as Go does. PROMETHEUS names another one than PATH's.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newRandom, type Random } from '../../random.ts'
import { createMachine, createTester } from '../../regex/machine.ts'
import { parsePattern } from '../../regex/parse.ts'
import { compileRegex } from '../../regex/regex.ts'
import { type RealPrometheus, startPrometheus, versionOf } from './real-prometheus.ts'

const program = process.env.PROMETHEUS ?? 'prometheus'
const version = versionOf(program)
const title =
  version === undefined
    ? `Prometheus (skipped: no ${program} on the PATH: install the package prometheus or set PROMETHEUS)`
    : `Prometheus ${version}`

test.each([1, 2, 3, 4])('finds what JavaScript finds, seed %i', seed => {
  const random = newRandom(seed)
  let matched = 0
  for (let round = 0; round < 3000; round++) {
    const pattern = randomPattern(random, 3, false)
    const text = randomText(random, 8)
    const machine = createMachine(parsePattern(pattern, true))
    for (const isWhole of [true, false]) {
      const expected = new RegExp(isWhole ? `^(?:${pattern})$` : pattern, 'dsu').exec(text)
      const places = machine.search(text, 0, isWhole)
      const wanted = expected?.indices?.flatMap(pair => pair ?? [-1, -1])
      expect(places, `${pattern} in ${JSON.stringify(text)}`).toEqual(wanted)
      expect(createTester(parsePattern(pattern, true), isWhole)(text)).toBe(wanted !== undefined)
      if (places !== undefined) matched++
    }
  }
  expect(matched).toBeGreaterThan(1500)
})

describe.skipIf(version === undefined)(title, () => {
  let server: RealPrometheus

  beforeAll(async () => {
    server = await startPrometheus(program)
  }, 120_000)

  afterAll(() => server?.stop())

  test('captures what a real one captures, loops in loops included', { timeout: 120_000 }, async () => {
    const random = newRandom(5)
    let matched = 0
    for (let round = 0; round < 400; round++) {
      const part = randomPattern(random, 3, true)
      const pattern = random.chance(0.6) ? `.*?${part}.*` : part
      const text = randomText(random, 8)
      const match = compileRegex(pattern).exec(text)
      const ours = match === undefined ? undefined : shownGroups(match.texts)
      expect(await theirs(pattern, text), `${pattern} in ${JSON.stringify(text)}`).toBe(ours)
      if (match !== undefined) matched++
    }
    expect(matched).toBeGreaterThan(100)
  })

  async function theirs(pattern: string, text: string): Promise<string | undefined> {
    const labelled = `label_replace(vector(1), "v", ${JSON.stringify(text)}, "", "")`
    const query = `label_replace(${labelled}, "r", "<$0|$1|$2|$3|$4>", "v", ${JSON.stringify(pattern)})`
    const answer = await server.ask(query, { kind: 'instant', start: 0, end: 0, step: 0 })
    if (answer.type !== 'vector') throw new Error(`Expected a vector, got ${JSON.stringify(answer)}`)
    return answer.samples[0]!.labels.get('r')
  }
})

/** JavaScript tells a group without a part from an empty one, Go's templates don't. */
function shownGroups(texts: readonly (string | undefined)[]): string {
  return `<${[0, 1, 2, 3, 4].map(index => texts[index] ?? '').join('|')}>`
}

function randomText(random: Random, longest: number): string {
  return Array.from({ length: random.below(longest) }, () => random.pick(['a', 'a', 'b', 'c', ' '])).join('')
}

/** Groups in loops mean other things to JavaScript, and so do loops of what can be empty. */
function randomPattern(random: Random, depth: number, withLoopedGroups: boolean): string {
  const inner = () => randomPattern(random, depth - 1, withLoopedGroups)
  if (depth === 0) return random.pick(['a', 'b', 'a', 'c', '.', '[ab]', '[^a]', '\\w', '\\b', 'ab'])
  const lazy = () => (random.chance(0.3) ? '?' : '')
  switch (random.below(7)) {
    case 0:
      return `(?:${inner()}|${inner()})`
    case 1:
      return `(${inner()})`
    case 2:
      return `(${inner()}|${inner()})`
    case 3: {
      if (withLoopedGroups)
        return `(?:${inner()})${random.pick(['*', '+', '?', '{2}', '{0,2}', '{1,}'])}${lazy()}`
      const atom = random.pick(['a', 'b', '.', '[ab]', '(?:ab|a)', '(?:a|b|c)', '(?:a+b)'])
      return `${atom}${random.pick(['*', '+', '?', '{2}', '{0,2}', '{1,}'])}${lazy()}`
    }
    default:
      return `${inner()}${inner()}`
  }
}
