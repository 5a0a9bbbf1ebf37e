/** Random numbers that repeat: the same seed gives the same data and the same queries. */

export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** Each of the choices, or not. */
  some<T>(choices: readonly T[], probability?: number): T[]
}

export function newRandom(seed: number): Random {
  const next = seededRandom(seed)
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    chance: probability => next() < probability,
    pick: choices => choices[below(choices.length)]!,
    some: (choices, probability = 0.5) => choices.filter(() => next() < probability),
  }
}

/** Mulberry32: small, fast and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
