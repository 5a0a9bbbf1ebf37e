import type { AggregationOperator, ValueType } from './ast.ts'

export interface Signature {
  parameters: readonly ValueType[]
  /** How many parameters at the end may be left out; `'repeated'` lets the last one come any number of times, or none. */
  optional: number | 'repeated'
  returns: ValueType
}

const signature = (
  parameters: readonly ValueType[],
  returns: ValueType = 'vector',
  optional: Signature['optional'] = 0,
): Signature => ({ parameters, returns, optional })

const ofVector = signature(['vector'])
const ofRange = signature(['matrix'])
const ofTime = signature(['vector'], 'vector', 1)

/** Every function of Prometheus 3.5 that is neither experimental nor for native histograms alone. */
export const functions: ReadonlyMap<string, Signature> = new Map(
  Object.entries({
    abs: ofVector,
    absent: ofVector,
    absent_over_time: ofRange,
    acos: ofVector,
    acosh: ofVector,
    asin: ofVector,
    asinh: ofVector,
    atan: ofVector,
    atanh: ofVector,
    avg_over_time: ofRange,
    ceil: ofVector,
    changes: ofRange,
    clamp: signature(['vector', 'scalar', 'scalar']),
    clamp_max: signature(['vector', 'scalar']),
    clamp_min: signature(['vector', 'scalar']),
    cos: ofVector,
    cosh: ofVector,
    count_over_time: ofRange,
    day_of_month: ofTime,
    day_of_week: ofTime,
    day_of_year: ofTime,
    days_in_month: ofTime,
    deg: ofVector,
    delta: ofRange,
    deriv: ofRange,
    exp: ofVector,
    floor: ofVector,
    histogram_fraction: signature(['scalar', 'scalar', 'vector']),
    histogram_quantile: signature(['scalar', 'vector']),
    hour: ofTime,
    idelta: ofRange,
    increase: ofRange,
    irate: ofRange,
    label_join: signature(['vector', 'string', 'string', 'string'], 'vector', 'repeated'),
    label_replace: signature(['vector', 'string', 'string', 'string', 'string']),
    last_over_time: ofRange,
    ln: ofVector,
    log10: ofVector,
    log2: ofVector,
    max_over_time: ofRange,
    min_over_time: ofRange,
    minute: ofTime,
    month: ofTime,
    pi: signature([], 'scalar'),
    predict_linear: signature(['matrix', 'scalar']),
    present_over_time: ofRange,
    quantile_over_time: signature(['scalar', 'matrix']),
    rad: ofVector,
    rate: ofRange,
    resets: ofRange,
    round: signature(['vector', 'scalar'], 'vector', 1),
    scalar: signature(['vector'], 'scalar'),
    sgn: ofVector,
    sin: ofVector,
    sinh: ofVector,
    sort: ofVector,
    sort_desc: ofVector,
    sqrt: ofVector,
    stddev_over_time: ofRange,
    stdvar_over_time: ofRange,
    sum_over_time: ofRange,
    tan: ofVector,
    tanh: ofVector,
    time: signature([], 'scalar'),
    timestamp: ofVector,
    vector: signature(['scalar']),
    year: ofTime,
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

/** Each aggregation, with the type of the parameter it takes before the vector. */
export const aggregations: ReadonlyMap<AggregationOperator, ValueType | undefined> = new Map<
  AggregationOperator,
  ValueType | undefined
>([
  ['sum', undefined],
  ['avg', undefined],
  ['count', undefined],
  ['min', undefined],
  ['max', undefined],
  ['group', undefined],
  ['stddev', undefined],
  ['stdvar', undefined],
  ['topk', 'scalar'],
  ['bottomk', 'scalar'],
  ['quantile', 'scalar'],
  ['count_values', 'string'],
])

export const refusedAggregations: readonly string[] = ['limitk', 'limit_ratio']
