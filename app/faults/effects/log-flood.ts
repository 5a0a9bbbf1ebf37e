import { log } from '../../../otel/logs.ts'
import type { Effect } from '../switch.ts'

const stepsPerSecond = 20

export const floodLogs: Effect = ({ intensity: linesPerSecond, fault }) => {
  let owed = 0
  const timer = setInterval(() => {
    owed += linesPerSecond / stepsPerSecond
    for (; owed >= 1; owed--) log.info({ fault }, 'Checking the state of the connection before using it')
  }, 1000 / stepsPerSecond)
  return () => clearInterval(timer)
}
