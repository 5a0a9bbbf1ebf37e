/** Every function of PromQL: to add one, add an entry to the family it belongs to. */

import { absentFunctions } from './absent.ts'
import type { PromqlFunction } from './function.ts'
import { histogramFunctions } from './histograms.ts'
import { labelFunctions } from './labels.ts'
import { mathFunctions } from './math.ts'
import { overTimeFunctions } from './over-time.ts'
import { rateFunctions } from './rates.ts'
import { regressionFunctions } from './regression.ts'
import { conversions } from './time.ts'

export const functions: ReadonlyMap<string, PromqlFunction> = new Map(
  Object.entries({
    ...mathFunctions,
    ...conversions,
    ...labelFunctions,
    ...absentFunctions,
    ...histogramFunctions,
    ...rateFunctions,
    ...regressionFunctions,
    ...overTimeFunctions,
  }),
)

const native = 'a function of native histograms'

/** Names people may well write, and why they are refused. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ['histogram_avg', native],
  ['histogram_count', native],
  ['histogram_stddev', native],
  ['histogram_stdvar', native],
  ['histogram_sum', native],
  ['holt_winters', 'a function Prometheus 3 has no more'],
  ['info', 'an experimental function of Prometheus'],
  ['start_timestamp', 'a function of start timestamps'],
])
