import { dropName, mapSeries, mergeEqual, unlessEmpty, type VectorSeries } from '../../../vectors/grid.ts'
import { define, elementwise, type RandomArgument } from './function.ts'

const inexact = { lastDigitVaries: true }
const bound: RandomArgument = ['0', '1', '-1', '0.5', '10', 'NaN', 'time() / 100']

export const mathFunctions = {
  abs: elementwise(Math.abs),
  ceil: elementwise(Math.ceil),
  floor: elementwise(Math.floor),
  sqrt: elementwise(Math.sqrt),
  exp: elementwise(Math.exp, inexact),
  ln: elementwise(Math.log, inexact),
  log2: elementwise(Math.log2, inexact),
  log10: elementwise(Math.log10, inexact),
  sin: elementwise(Math.sin, inexact),
  cos: elementwise(Math.cos, inexact),
  tan: elementwise(Math.tan, inexact),
  asin: elementwise(Math.asin, inexact),
  acos: elementwise(Math.acos, inexact),
  atan: elementwise(Math.atan, inexact),
  sinh: elementwise(Math.sinh, inexact),
  cosh: elementwise(Math.cosh, inexact),
  tanh: elementwise(Math.tanh, inexact),
  asinh: elementwise(Math.asinh, inexact),
  acosh: elementwise(Math.acosh, inexact),
  atanh: elementwise(Math.atanh, inexact),
  rad: elementwise(value => (value * Math.PI) / 180),
  deg: elementwise(value => (value * 180) / Math.PI),
  sgn: elementwise(value => (value < 0 ? -1 : value > 0 ? 1 : value)),
  pi: define([], {
    returns: 'scalar',
    random: [],
    call: ({ grid }) => new Float64Array(grid.count).fill(Math.PI),
  }),
  max_of: define(['scalar', 'scalar'], {
    isExperimental: true,
    returns: 'scalar',
    random: ['scalar', 'scalar'],
    call: ({ scalar }) => pairwise(larger, scalar(0), scalar(1)),
  }),
  min_of: define(['scalar', 'scalar'], {
    isExperimental: true,
    returns: 'scalar',
    random: ['scalar', 'scalar'],
    call: ({ scalar }) => pairwise(smaller, scalar(0), scalar(1)),
  }),
  clamp: define(['vector', 'scalar', 'scalar'], {
    random: ['vector', bound, bound],
    call: ({ vector, scalar }) => clamp(vector(0), scalar(1), scalar(2)),
  }),
  clamp_min: define(['vector', 'scalar'], {
    random: ['vector', bound],
    call: ({ vector, scalar, grid }) =>
      clamp(vector(0), scalar(1), new Float64Array(grid.count).fill(Infinity)),
  }),
  clamp_max: define(['vector', 'scalar'], {
    random: ['vector', bound],
    call: ({ vector, scalar, grid }) =>
      clamp(vector(0), new Float64Array(grid.count).fill(-Infinity), scalar(1)),
  }),
  round: define(['vector', 'scalar'], {
    optional: 1,
    random: ['vector', ['0.1', '10', '0.3', '0', '-5', 'NaN']],
    call: ({ vector, scalar, grid, args }) =>
      roundTo(vector(0), args.length > 1 ? scalar(1) : new Float64Array(grid.count).fill(1)),
  }),
}

function pairwise(choose: (a: number, b: number) => number, a: Float64Array, b: Float64Array) {
  return a.map((value, step) => choose(value, b[step]!))
}

/** Within the bounds of the step; steps where the bounds are crossed have no points. */
function clamp(series: readonly VectorSeries[], least: Float64Array, most: Float64Array) {
  const clamped = mapSeries(series, dropName, column => {
    const { values, present } = column
    for (let i = 0; i < values.length; i++) {
      if (most[i]! < least[i]!) present[i] = 0
      values[i] = larger(least[i]!, smaller(most[i]!, values[i]!))
    }
    return unlessEmpty(column)
  })
  return mergeEqual(clamped, 'step')
}

/** To the nearest multiple, a half up. */
function roundTo(series: readonly VectorSeries[], nearest: Float64Array) {
  const rounded = mapSeries(series, dropName, column => {
    const { values } = column
    for (let i = 0; i < values.length; i++) {
      const inverse = 1 / nearest[i]!
      values[i] = Math.floor(values[i]! * inverse + 0.5) / inverse
    }
    return column
  })
  return mergeEqual(rounded, 'step')
}

/** As Go's: an infinity wins even over NaN. */
export function larger(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b)
}

export function smaller(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b)
}
