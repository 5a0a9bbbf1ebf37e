/** Fills Grafana's variables into queries the way Grafana does when everything is chosen. */
import type { NativeDashboard } from '../native/dashboard.ts'

export interface Range {
  /** Seconds. */
  from: number
  to: number
  step: number
  scrapeInterval: number
}

export function interpolate(
  query: string,
  { templating }: Pick<NativeDashboard, 'templating'>,
  range: Range,
): string {
  const shown = range.to - range.from
  const builtIn: Record<string, string> = {
    __rate_interval: `${Math.max(range.step + range.scrapeInterval, 4 * range.scrapeInterval)}s`,
    __interval: `${range.step}s`,
    __interval_ms: `${range.step * 1000}`,
    __auto: `${range.step}s`,
    __range: `${shown}s`,
    __range_s: `${shown}`,
    __range_ms: `${shown * 1000}`,
    __from: `${range.from * 1000}`,
    __to: `${range.to * 1000}`,
  }
  return query.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (found, braced?: string, plain?: string) => {
    const name = braced ?? plain!
    if (name in builtIn) return builtIn[name]!
    const variable = templating.list.find(each => each.name === name)
    if (variable === undefined) return found
    if (variable.type === 'textbox') return String(variable.query)
    return variable.type === 'custom' ? '' : (variable.allValue ?? '.+')
  })
}
