import type { Rule } from './rule.ts'

/** Generated dashboards cannot be edited in Grafana: the next deployment would overwrite it. */
export const uneditableDashboard: Rule = {
  name: 'uneditable-dashboard',
  check: ({ editable }, report) => {
    if (editable) report('expected editable: false')
  },
}
