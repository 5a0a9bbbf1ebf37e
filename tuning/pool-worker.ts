import { parentPort } from 'node:worker_threads'
import { judgePolicy } from './month.ts'
import { playMonth, type Task } from './months.ts'

parentPort!.on('message', ({ scenario, setting, seed, policies }: Task) => {
  const month = playMonth(scenario, setting, seed)
  parentPort!.postMessage(policies.map(policy => judgePolicy(month, policy)))
})
