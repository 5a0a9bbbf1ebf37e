import type { Variable } from './model.ts'

export const prometheusSource = source('prometheus', 'Prometheus')
export const lokiSource = source('loki', 'Loki')
export const tempoSource = source('tempo', 'Tempo')

/** The processes that answer to these labels; `of` names a metric all of them have. */
export function processVariables(of: string): Variable[] {
  return [
    { name: 'job', label: 'Job', kind: 'query', query: `label_values(${of}, job)` },
    {
      name: 'instance',
      label: 'Instance',
      kind: 'query',
      query: `label_values(${of}{job=~"$job"}, instance)`,
    },
  ]
}

function source(type: string, name: string): Variable {
  return { name: `${type}_datasource`, label: `${name} data source`, kind: 'datasource', query: type }
}
