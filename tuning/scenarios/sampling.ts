/** Numbers of events as chance has them, from a source of random numbers between 0 and 1. */

export interface Sampler {
  /** How many events come when `mean` are expected. */
  poisson(mean: number): number
  /** How many of `count` events have a property that each has with this probability. */
  binomial(count: number, probability: number): number
}

export function newSampler(next: () => number): Sampler {
  let spare: number | undefined

  /** Two normal numbers come from two uniform ones, so that every other call is free. */
  function normal(): number {
    if (spare !== undefined) {
      const kept = spare
      spare = undefined
      return kept
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()))
    const angle = 2 * Math.PI * next()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** Small means exactly; large ones by the normal distribution, which is then near enough. */
  function poisson(mean: number): number {
    if (mean <= 0) return 0
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
    let left = next()
    let probability = Math.exp(-mean)
    let count = 0
    while (left >= probability && count < 1000) {
      left -= probability
      count++
      probability *= mean / count
    }
    return count
  }

  function binomial(count: number, probability: number): number {
    if (probability <= 0 || count === 0) return 0
    if (probability >= 1) return count
    if (probability > 0.5) return count - binomial(count, 1 - probability)
    if (count * probability < 15) {
      if (probability < 0.05 && count > 10) return Math.min(count, poisson(count * probability))
      let hits = 0
      for (let event = 0; event < count; event++) if (next() < probability) hits++
      return hits
    }
    const spread = Math.sqrt(count * probability * (1 - probability))
    return Math.min(count, Math.max(0, Math.round(count * probability + spread * normal())))
  }

  return { poisson, binomial }
}

/** The same numbers without chance: what is left over of a fraction goes to the next call with the same purpose. */
export function evenSampler(): Sampler {
  let events = 0
  let hits = 0
  return {
    poisson(mean) {
      const whole = Math.floor(events + mean + 1e-9)
      events += mean - whole
      return whole
    },
    binomial(count, probability) {
      const whole = Math.min(count, Math.floor(hits + count * probability + 1e-9))
      hits += count * probability - whole
      return whole
    },
  }
}
