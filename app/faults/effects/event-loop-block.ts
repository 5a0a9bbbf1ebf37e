import type { Effect } from '../switch.ts'

const blocksPerSecond = 2

/** Computes without a pause, as a synchronous parse or a bad regular expression does, for its share of each second. */
export const blockEventLoop: Effect = ({ intensity }) => {
  const timer = setInterval(() => compute((intensity * 1000) / blocksPerSecond), 1000 / blocksPerSecond)
  return () => clearInterval(timer)
}

function compute(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end) Math.sqrt(Math.random())
}
