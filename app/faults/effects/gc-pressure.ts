import type { Effect } from '../switch.ts'

const stepsPerSecond = 50
/** What is kept at any time: enough to outlive the young generation, whose survivors are what costs. */
const keptBytes = 32 * 1024 ** 2
const template = Array.from({ length: 16 }, (_, index) => ({ index }))
const bytesPerCopy = 16 * 8 + 40

/**
 * Copies small arrays at the given pace and keeps the newest of them. Copies, because V8 learns where literals live
 * long and then allocates them where they cost less.
 */
export const pressGarbage: Effect = ({ intensity: bytesPerSecond }) => {
  const kept: object[] = []
  let next = 0
  const timer = setInterval(() => {
    for (let made = 0; made < bytesPerSecond / stepsPerSecond; made += bytesPerCopy) {
      kept[next] = template.slice()
      next = (next + 1) % Math.floor(keptBytes / bytesPerCopy)
    }
  }, 1000 / stepsPerSecond)
  return () => {
    clearInterval(timer)
    kept.length = 0
  }
}
