import type { Rule } from './rule.ts'

/** Generated dashboards cannot be edited in Grafana, because the next deployment would overwrite the change. */
export const uneditableDashboard: Rule = {
  name: 'uneditable-dashboard',
  check: ({ editable }, report) => {
    if (editable) report('expected editable: false')
  },
}
