/** Makes a difference as small as it gets: fewer stages, a part of the query, fewer lines. */

import type { Expr, LogExpr, MetricExpr } from '../language/ast.ts'
import { parse } from '../language/parse.ts'
import { print } from '../language/print.ts'
import type { Asked } from './answers.ts'
import type { PushedStream } from './real-loki.ts'

interface Case {
  asked: Asked
  streams: readonly PushedStream[]
}

/** Keeps what it has after this many trials, each of which pushes lines to the real Loki. */
const mostTrials = 150

export async function shrink(found: Case, differs: (candidate: Case) => Promise<boolean>): Promise<Case> {
  let smallest = found
  let trials = 0
  for (let progress = true; progress && trials < mostTrials; ) {
    progress = false
    for (const candidate of [...smallerQueries(smallest), ...smallerData(smallest)]) {
      if (++trials > mostTrials) break
      if (!(await differs(candidate))) continue
      smallest = candidate
      progress = true
      break
    }
  }
  return smallest
}

function smallerQueries({ asked, streams }: Case): Case[] {
  return smallerOf(asked.query)
    .map(print)
    .filter(query => query.length < asked.query.length)
    .map(query => ({ asked: { ...asked, query }, streams }))
}

function smallerOf(query: string): Expr[] {
  try {
    return smaller(parse(query))
  } catch {
    return []
  }
}

function smaller(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'logs':
      return smallerLogs(expr)
    case 'range': {
      const fewer = smallerLogs(expr.logs).map(logs => ({ ...expr, logs }))
      const { unwrap, grouping } = expr
      if (unwrap !== undefined && unwrap.filters.length > 0)
        fewer.push({ ...expr, unwrap: { ...unwrap, filters: [] } })
      if (grouping !== undefined) fewer.push({ ...expr, grouping: undefined })
      if (expr.offset !== 0) fewer.push({ ...expr, offset: 0 })
      return fewer
    }
    case 'aggregation':
    case 'label_replace':
      return [expr.inner, ...metrics(expr.inner).map(inner => ({ ...expr, inner }))]
    case 'binary':
      return [
        expr.left,
        expr.right,
        ...metrics(expr.left).map(left => ({ ...expr, left })),
        ...metrics(expr.right).map(right => ({ ...expr, right })),
      ]
    default:
      return []
  }
}

const metrics = (expr: MetricExpr) => smaller(expr) as MetricExpr[]

function smallerLogs(expr: LogExpr): LogExpr[] {
  const fewer = expr.stages.map((_, index) => ({ ...expr, stages: expr.stages.toSpliced(index, 1) }))
  expr.stages.forEach((stage, index) => {
    if (stage.kind !== 'label filter') return
    const { filter } = stage
    if (filter.kind !== 'and' && filter.kind !== 'or') return
    for (const part of [filter.left, filter.right])
      fewer.push({ ...expr, stages: expr.stages.toSpliced(index, 1, { ...stage, filter: part }) })
  })
  return fewer
}

function smallerData({ asked, streams }: Case): Case[] {
  const candidates: (readonly PushedStream[])[] = []
  if (streams.length > 1) candidates.push(...streams.map((_, index) => streams.toSpliced(index, 1)))
  streams.forEach((stream, index) => {
    const { values } = stream
    if (values.length > 1)
      for (const half of [values.slice(0, values.length >> 1), values.slice(values.length >> 1)])
        candidates.push(streams.toSpliced(index, 1, { ...stream, values: half }))
  })
  return candidates.map(data => ({ asked, streams: data }))
}
