/** Results as Prometheus writes them in JSON: values as strings in Go's spelling, times as seconds. */

import { decimal } from '../../go/floats.ts'
import type { Labels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import type { InstantResult, RangeResult } from '../engine/results.ts'

/** An answer beyond this many characters is refused rather than held in memory. */
const longestAnswer = 256 * 1024 * 1024

/** `isCancelled` is asked between series. */
export function resultJson(result: InstantResult | RangeResult, isCancelled = () => false): string {
  const out = boundedText()
  out.add(`{"resultType":"${result.type}","result":`)
  if (result.type === 'scalar') out.add(`[${secondsJson(result.time)},"${decimal(result.value)}"]`)
  else if (result.type === 'string') out.add(`[${secondsJson(result.time)},${JSON.stringify(result.value)}]`)
  else if (result.type === 'vector') {
    out.add('[')
    result.samples.forEach(({ labels, time, value }, index) => {
      const comma = index === 0 ? '' : ','
      out.add(`${comma}{"metric":${labelsJson(labels)},"value":${pointJson(time, value)}}`)
    })
    out.add(']')
  } else {
    out.add('[')
    result.series.forEach(({ labels, times, values }, index) => {
      if (isCancelled())
        throw new QueryError('cancelled', 'the query was cancelled while its answer was written')
      out.add(`${index === 0 ? '' : ','}{"metric":${labelsJson(labels)},"values":[`)
      for (let i = 0; i < times.length; i++)
        out.add(i === 0 ? pointJson(times[i]!, values[i]!) : `,${pointJson(times[i]!, values[i]!)}`)
      out.add(']}')
    })
    out.add(']')
  }
  out.add('}')
  return out.end()
}

export function labelsJson(labels: Labels): string {
  return JSON.stringify(Object.fromEntries(labels))
}

/** JavaScript changes to exponents where Prometheus does, but writes them with one digit. */
export function valueJson(value: number): string {
  if (Number.isFinite(value))
    return Object.is(value, -0) ? '-0' : String(value).replace(/e([+-])(\d)$/, 'e$10$2')
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** Three digits of milliseconds, or none when they are zero. */
export function secondsJson(time: number): string {
  const whole = Math.trunc(Math.abs(time) / 1000)
  const fraction = Math.abs(time) % 1000
  return `${time < 0 ? '-' : ''}${whole}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}`
}

function pointJson(time: number, value: number): string {
  return `[${secondsJson(time)},"${valueJson(value)}"]`
}

function boundedText() {
  let text = ''
  return {
    add(piece: string): void {
      text += piece
      if (text.length > longestAnswer)
        throw new QueryError(
          'limit',
          `the answer is longer than ${longestAnswer} characters; ask for fewer points`,
        )
    },
    end: () => text,
  }
}
