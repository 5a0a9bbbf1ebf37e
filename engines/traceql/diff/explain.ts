/** Differences that are known, and why they are left. */

import { type Answer, brief, differenceBetween, type TraceAnswer } from './answers.ts'
import type { Question } from './ask.ts'

/** Undefined for a difference that nobody has explained. */
export function explanationOf({ query }: Question, ours: Answer, theirs: Answer): string | undefined {
  if (theirs.kind === 'error' && /unexpected numbers of pre-compiled regexp/.test(theirs.message))
    return 'Tempo fails where a regular expression meets a list in one span and a single text in another'
  if (
    theirs.kind === 'error' &&
    /array operators must consist of a scalar and an array operand$/.test(theirs.message) &&
    sameComparedTwice.test(query)
  )
    return 'Tempo joins comparisons of one attribute into a list, and fails where the attribute is a list itself'
  // Refused nowhere else: a search with the same sum takes the span for one that does not match.
  if (
    theirs.kind === 'error' &&
    /processing head block .*: unsupported operation$/.test(theirs.message) &&
    / [-+*/%^] /.test(query)
  )
    return 'Tempo fails in its newest block where a sum meets a value that is no number'
  if (ours.kind === 'error' || theirs.kind === 'error') return undefined
  if (ours.kind === 'metrics' && theirs.kind === 'metrics' && /sum_over_time/.test(query))
    return 'Tempo takes a span without the attribute as NaN, which makes the sum NaN until the next number'
  if (ours.kind === 'search' && theirs.kind === 'search') {
    if (/by\(|coalesce/.test(query) && isSameInBrief(ours, theirs))
      return 'Tempo forgets what it read of the trace where spans are grouped anew'
    if (comparesShown.test(query) && withoutScope.test(query) && isSameInBrief(ours, theirs))
      return 'Tempo shows no root or duration where a comparison with it failed beside an attribute without a scope'
    if (isReordered(query, ours.traces, theirs.traces))
      return 'The order of spans that Tempo sorts by place in the tree or takes from groups is by chance where they are equal'
    if (theirs.traces.some(hasNoId))
      return 'Tempo answers without the id of a trace or span where a condition on that id is one of several'
  }
  if (/[^!]= nil/.test(query))
    return 'Tempo at times reads the name of another attribute where one is missing, and so does not see that it is'
  if (listOnOwnColumn.test(query))
    return 'Tempo takes what is missing as an empty text in a list of texts, if its block has a text that passes'
  return undefined
}

/** Why Tempo is not asked; undefined where it is. */
export function notAsked({ query }: Question, ours: Answer): string | undefined {
  if (!/avg_over_time.*by/.test(query) || !/="nil"/.test(JSON.stringify(ours).replaceAll('\\', '')))
    return undefined
  return 'Tempo mixes up the averages of a missing attribute and of the text "nil", and ends with a panic where one has more samples'
}

const isSameInBrief = (ours: Answer, theirs: Answer) =>
  differenceBetween(brief(ours), brief(theirs)) === undefined

const hasNoId = ({ trace, spansets }: TraceAnswer) =>
  trace === '0'.repeat(32) ||
  spansets.some(({ spans }) => spans.some(span => span.startsWith('0'.repeat(16))))

/** What an answer shows of every trace and span. */
const comparesShown = /rootServiceName|rootName|traceDuration|duration|trace:|span:/

const withoutScope = /(^|[\s({!])\.["a-z]/

const sameComparedTwice = /([^\s(!]+) (!?=) .*?(&&|\|\|) .*?\1 \2 /

const listOnOwnColumn =
  /(http\.method|url\.path|cluster|k8s\.pod\.name) (!=|=) "[^"]*" (&&|\|\|) \S*(http\.method|url\.path|cluster|k8s\.pod\.name) (!=|=) "/

/** Whether the same spans are there, as far as they are shown. */
function isReordered(query: string, ours: TraceAnswer[], theirs: TraceAnswer[]): boolean {
  if (!/\} \)*[!&]?[<>~]|\) [!&]?[<>~]|coalesce|by\(/.test(query)) return false
  const sorted = (traces: TraceAnswer[]): Answer => ({
    kind: 'search',
    traces: traces.map(trace => ({
      ...trace,
      spansets: trace.spansets.map(({ matched, attributes, spans }) => ({
        matched,
        attributes,
        spans: spans.length < matched ? [] : spans.toSorted(),
      })),
    })),
  })
  return differenceBetween(sorted(ours), sorted(theirs)) === undefined
}
