import type { Effect } from '../fault-switch.ts'

/** Computes for `intensity` seconds of every second, in one go, as a synchronous parse or a bad regular expression does. */
export const blockEventLoop: Effect = ({ intensity }) => {
  const timer = setInterval(() => compute(intensity * 1000), 1000)
  return () => clearInterval(timer)
}

function compute(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end) Math.sqrt(Math.random())
}
