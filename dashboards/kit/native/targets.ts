/** Queries as Grafana's data sources take them, from the builders of grafana-foundation-sdk. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import * as loki from '@grafana/grafana-foundation-sdk/loki'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as tempo from '@grafana/grafana-foundation-sdk/tempo'
import type { Language } from '../../../contract/parse.ts'
import { datasource } from '../datasources.ts'
import type { Query } from '../model.ts'

export type Targets = cog.Builder<cog.Dataquery>[]

export function targets(queries: readonly Query[]): Targets {
  return queries.map((query, index) => builders[query.language](query, String.fromCharCode(65 + index)))
}

const builders: Record<Language, (query: Query, refId: string) => cog.Builder<cog.Dataquery>> = {
  promql: (query, refId) => {
    const target = new prometheus.DataqueryBuilder()
      .refId(refId)
      .datasource(datasource('promql'))
      .editorMode(prometheus.QueryEditorMode.Code)
      .expr(query.expr)
      .format(formats[query.format ?? 'time_series'])
    if (query.legend !== undefined) target.legendFormat(query.legend)
    if (query.exemplars) target.exemplar(true)
    return query.instant ? target.instant() : target.range()
  },
  logql: (query, refId) => {
    const target = new loki.DataqueryBuilder()
      .refId(refId)
      .datasource(datasource('logql'))
      .editorMode(loki.QueryEditorMode.Code)
      .expr(query.expr)
      .queryType(query.instant ? 'instant' : 'range')
    return query.legend === undefined ? target : target.legendFormat(query.legend)
  },
  traceql: (query, refId) => {
    const target = new tempo.DataqueryBuilder().refId(refId).datasource(datasource('traceql'))
    return query.serviceMap
      ? target.queryType('serviceMap')
      : target.queryType('traceql').query(query.expr).limit(20).tableType(tempo.SearchTableType.Traces)
  },
}

const formats = {
  time_series: prometheus.PromQueryFormat.TimeSeries,
  table: prometheus.PromQueryFormat.Table,
  heatmap: prometheus.PromQueryFormat.Heatmap,
}
