/** Results as Loki writes them in JSON: values as strings, times of lines in nanoseconds, of numbers in seconds. */

import { labelsJson, secondsJson, valueJson } from '../../promql/serve/json.ts'
import { QueryError } from '../../query-error.ts'
import type { QueryResult } from '../engine/result.ts'
import { printNanoseconds } from '../text/instant.ts'

/** An answer beyond this many characters is refused rather than held in memory. */
const longestAnswer = 256 * 1024 * 1024

export function resultJson(result: QueryResult): string {
  const parts = [`{"resultType":"${result.type}","result":`]
  let length = 0
  const add = (part: string) => {
    length += part.length
    if (length > longestAnswer)
      throw new QueryError('limit', `the answer is longer than ${longestAnswer} characters; ask for less`)
    parts.push(part)
  }
  if (result.type === 'scalar') add(pointJson(result.time, result.value))
  else add(`[${listOf(result)}]`)
  parts.push('}')
  return parts.join('')

  function listOf(of: Exclude<QueryResult, { type: 'scalar' }>): string {
    if (of.type === 'vector')
      return of.samples
        .map(({ labels, value }) => `{"metric":${labelsJson(labels)},"value":${pointJson(of.time, value)}}`)
        .join(',')
    if (of.type === 'matrix')
      return of.series
        .map(({ labels, times, values }) => {
          const points = times.map((time, i) => pointJson(time, values[i]!)).join(',')
          return `{"metric":${labelsJson(labels)},"values":[${points}]}`
        })
        .join(',')
    return of.streams
      .map(({ labels, entries }) => {
        const lines = entries.map(entry => `["${printNanoseconds(entry)}",${JSON.stringify(entry.line)}]`)
        return `{"stream":${labelsJson(labels)},"values":[${lines.join(',')}]}`
      })
      .join(',')
  }
}

const pointJson = (time: number, value: number) => `[${secondsJson(time)},"${valueJson(value)}"]`
