/** Makes a difference as small as it gets: a shorter query, then fewer spans with less in them. */

import { parse } from '../language/parse.ts'
import type { Question } from './ask.ts'
import { type RandomSpan, type RandomTraces, spansOf } from './data.ts'

export interface Case {
  question: Question
  traces: RandomTraces
}

/** Whether a case still shows the difference. */
type Differs = (candidate: Case) => Promise<boolean>

/** Trials of other data wait for Tempo to take them in. */
const mostTrials = 80

export async function shrink(found: Case, differs: Differs): Promise<Case> {
  let smallest = await shrinkQuery(found, differs)
  smallest = await shrinkTraces(smallest, differs)
  return shrinkQuery(smallest, differs)
}

async function shrinkQuery(found: Case, differs: Differs): Promise<Case> {
  let smallest = found
  for (let progress = true; progress; ) {
    progress = false
    for (const query of shorter(smallest.question.query)) {
      const candidate = { ...smallest, question: { ...smallest.question, query } }
      if (!(await differs(candidate))) continue
      smallest = candidate
      progress = true
      break
    }
  }
  return smallest
}

/** Everything that parses after a piece between two tokens is cut out, the shortest first. */
function shorter(query: string): string[] {
  const tokens = query.match(/"[^"]*"|[\w.:]+|\s+|[^\w\s]+?/g) ?? []
  const wasMetrics = parse(query).kind === 'metrics'
  const found = new Set<string>()
  for (let from = 0; from < tokens.length; from++)
    for (let to = from + 1; to <= tokens.length; to++) {
      const text = [...tokens.slice(0, from), ...tokens.slice(to)].join('').trim()
      if (text === '' || found.has(text)) continue
      try {
        if ((parse(text).kind === 'metrics') === wasMetrics) found.add(text)
      } catch {}
    }
  return [...found].sort((one, other) => one.length - other.length).slice(0, 60)
}

async function shrinkTraces(found: Case, differs: Differs): Promise<Case> {
  let smallest = found
  let trials = 0
  for (let progress = true; progress && trials < mostTrials; ) {
    progress = false
    for (const traces of smaller(smallest.traces)) {
      if (++trials > mostTrials) break
      const candidate = { ...smallest, traces }
      if (!(await differs(candidate))) continue
      smallest = candidate
      progress = true
      break
    }
  }
  return smallest
}

function* smaller(traces: RandomTraces): Generator<RandomTraces> {
  const ids = [...new Set(spansOf(traces).map(({ traceId }) => traceId))]
  if (ids.length > 1) for (const id of ids) yield only(traces, span => span.traceId === id)
  if (ids.length > 1) for (const id of ids) yield only(traces, span => span.traceId !== id)
  const spans = spansOf(traces)
  if (spans.length > 1) for (const span of spans) yield only(traces, other => other !== span)
  for (const span of spans) {
    if (span.attributes.length > 0) yield changed(traces, span, { attributes: [] })
    if (span.events.length > 0) yield changed(traces, span, { events: [] })
    if (span.links.length > 0) yield changed(traces, span, { links: [] })
    for (const i of span.attributes.keys())
      if (span.attributes.length > 1)
        yield changed(traces, span, { attributes: span.attributes.toSpliced(i, 1) })
  }
  for (const [i, part] of traces.resourceSpans.entries())
    if (part.resource.attributes.length > 0)
      yield { resourceSpans: traces.resourceSpans.with(i, { ...part, resource: { attributes: [] } }) }
}

function only(traces: RandomTraces, keep: (span: RandomSpan) => boolean): RandomTraces {
  return {
    resourceSpans: traces.resourceSpans
      .map(part => ({
        ...part,
        scopeSpans: part.scopeSpans.map(each => ({ ...each, spans: each.spans.filter(keep) })),
      }))
      .filter(({ scopeSpans }) => scopeSpans.some(({ spans }) => spans.length > 0)),
  }
}

function changed(traces: RandomTraces, span: RandomSpan, change: Partial<RandomSpan>): RandomTraces {
  return {
    resourceSpans: traces.resourceSpans.map(part => ({
      ...part,
      scopeSpans: part.scopeSpans.map(each => ({
        ...each,
        spans: each.spans.map(other => (other === span ? { ...span, ...change } : other)),
      })),
    })),
  }
}
