import { parentPort } from 'node:worker_threads'
import type { Setting } from '../month.ts'
import { playMonth } from '../months.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { type Pair, searchMonth } from './columns.ts'

export interface SearchTask {
  scenario: Scenario
  setting: Setting
  seed: number
  pairs: readonly Pair[]
}

parentPort!.on('message', ({ scenario, setting, seed, pairs }: SearchTask) => {
  parentPort!.postMessage(searchMonth(playMonth(scenario, setting, seed), pairs))
})
