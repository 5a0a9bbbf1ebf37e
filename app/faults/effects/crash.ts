import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Effect, RunningFault } from '../switch.ts'

/**
 * Throws where nobody catches it, `intensity` seconds from now. What is left of the fault's time is noted in a file,
 * because memory does not survive and a crash loop has to go on after the restart.
 */
export function crashInto(file: string): Effect {
  return running => {
    writeFileSync(file, JSON.stringify(running))
    const timer = setTimeout(() => {
      throw new Error('Crash fault: thrown on purpose, outside of any request')
    }, running.intensity * 1000)
    return () => {
      clearTimeout(timer)
      rmSync(file, { force: true })
    }
  }
}

/** The crash fault that ended this process' predecessor, when it has time left. */
export function interruptedCrash(
  file: string,
): { intensity: number; target: string; duration: number } | undefined {
  let left: Pick<RunningFault, 'intensity' | 'target'> & { endsAt: string }
  try {
    left = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
  rmSync(file, { force: true })
  const duration = (Date.parse(left.endsAt) - Date.now()) / 1000
  return duration >= 1 ? { intensity: left.intensity, target: left.target, duration } : undefined
}
