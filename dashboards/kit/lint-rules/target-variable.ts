import type { NativeVariable } from '../native/dashboard.ts'
import { isPrometheus, type Rule } from './rule.ts'

/** Checks the variable that chooses jobs or instances. */
export function targetVariable(name: string, label: string): Rule['check'] {
  return (dashboard, report) => {
    if (!isPrometheus(dashboard)) return
    const variable: NativeVariable | undefined = dashboard.templating.list.find(each => each.name === name)
    if (variable === undefined) return report(`expected a variable ${name}, got none`)
    const uid = variable.datasource?.uid
    if (!['${datasource}', '${prometheus_datasource}'].includes(uid ?? ''))
      report(`expected variable ${name} to ask the chosen Prometheus, got "${uid}"`)
    if (variable.type !== 'query') report(`expected variable ${name} to be a query, got "${variable.type}"`)
    if (variable.label !== label) report(`expected the label ${label}, got "${variable.label}"`)
    if (!variable.multi) report(`expected variable ${name} to allow several values`)
    if (variable.allValue !== '.+') report(`expected allValue ".+" of ${name}, got "${variable.allValue}"`)
  }
}
