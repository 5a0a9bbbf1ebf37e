import type { Effect } from '../fault-switch.ts'

const stepsPerSecond = 20
/** Seconds an object lives: past the young generation, so that the expensive collections have to find it. */
const lifetime = 0.5

/** Allocates at the given pace and lets go of everything half a second later. */
export const pressGarbage: Effect = ({ intensity: bytesPerSecond }) => {
  const window: object[][] = []
  const timer = setInterval(() => {
    window.push(garbage(bytesPerSecond / stepsPerSecond))
    if (window.length > lifetime * stepsPerSecond) window.shift()
  }, 1000 / stepsPerSecond)
  return () => {
    clearInterval(timer)
    window.length = 0
  }
}

/** Small linked objects of about 64 bytes: many of them, as a collector hates it. */
function garbage(bytes: number): object[] {
  return Array.from({ length: Math.ceil(bytes / 64) }, (_, index) => ({ index, next: { index } }))
}
