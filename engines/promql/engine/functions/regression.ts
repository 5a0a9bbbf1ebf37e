import { add, newSum, type Sum, total } from '../../../sum.ts'
import { perWindow, type Windows } from '../windows.ts'
import { callOverWindows, define, overWindows } from './function.ts'

export const regressionFunctions = {
  deriv: overWindows(
    perWindow(2, (windows, first, last) => leastSquares(windows, first, last, windows.times[first]!).slope),
  ),
  predict_linear: define(['matrix', 'scalar'], {
    variesWithTime: true,
    random: ['range', ['60', '3600', '-10', 'time()']],
    call(args) {
      const { grid } = args
      const seconds = args.scalar(1)
      const apply = perWindow(2, (windows, first, last, step) => {
        const { slope, intercept } = leastSquares(windows, first, last, grid.start + step * grid.step)
        return slope * seconds[step]! + intercept
      })
      return callOverWindows(args, 0, apply)
    },
  }),
}

const line = { slope: 0, intercept: 0 }
const [sumX, sumY, sumXY, sumXX]: [Sum, Sum, Sum, Sum] = [newSum(), newSum(), newSum(), newSum()]

/** The line through the samples that is closest to them, and where it stands at a time. */
function leastSquares({ times, values }: Windows, first: number, last: number, zero: number): typeof line {
  const initial = values[first]!
  let isConstant = true
  for (const sum of [sumX, sumY, sumXY, sumXX]) sum.value = sum.lost = 0
  for (let k = first; k < last; k++) {
    const y = values[k]!
    if (k > first && y !== initial) isConstant = false
    const x = (times[k]! - zero) / 1e3
    add(sumX, x)
    add(sumY, y)
    add(sumXY, x * y)
    add(sumXX, x * x)
  }
  if (isConstant) {
    const isInfinite = Math.abs(initial) === Infinity
    line.slope = isInfinite ? Number.NaN : 0
    line.intercept = isInfinite ? Number.NaN : initial
    return line
  }
  const n = last - first
  const [x, y] = [total(sumX), total(sumY)]
  const covariance = total(sumXY) - (x * y) / n
  const variance = total(sumXX) - (x * x) / n
  line.slope = covariance / variance
  line.intercept = y / n - (line.slope * x) / n
  return line
}
