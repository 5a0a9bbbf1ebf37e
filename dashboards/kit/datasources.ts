/** Every dashboard lets its viewer choose the data sources, by one variable for each language. */
import type { Language } from '../../contract/parse.ts'

/** The variable that holds the data source of a language; the lint rules prescribe its name. */
export const datasources: Record<Language, { type: string; variable: string }> = {
  promql: { type: 'prometheus', variable: 'prometheus_datasource' },
  logql: { type: 'loki', variable: 'loki_datasource' },
  traceql: { type: 'tempo', variable: 'tempo_datasource' },
}

export function datasource(language: Language): { type: string; uid: string } {
  const { type, variable } = datasources[language]
  return { type, uid: `\${${variable}}` }
}
