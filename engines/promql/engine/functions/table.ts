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

const experimental = 'an experimental function of Prometheus'
const native = 'a function of native histograms'
const later = 'a function Prometheus has since a version after 3.5'

/** Names people may well write, and why they are refused. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ['double_exponential_smoothing', experimental],
  ['first_over_time', later],
  ['histogram_avg', native],
  ['histogram_count', native],
  ['histogram_quantiles', later],
  ['histogram_stddev', native],
  ['histogram_stdvar', native],
  ['histogram_sum', native],
  ['holt_winters', 'a function Prometheus 3 has no more'],
  ['info', experimental],
  ['mad_over_time', experimental],
  ['sort_by_label', experimental],
  ['sort_by_label_desc', experimental],
  ['ts_of_first_over_time', later],
  ['ts_of_last_over_time', experimental],
  ['ts_of_max_over_time', experimental],
  ['ts_of_min_over_time', experimental],
])
