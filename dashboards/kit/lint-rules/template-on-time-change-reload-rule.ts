import type { Rule } from './rule.ts'

/** Variables follow the time range: a job of last week is offered when last week is shown. */
export const templateOnTimeChangeReload: Rule = {
  name: 'template-on-time-change-reload-rule',
  check: ({ templating }, report) => {
    for (const { name, type, refresh } of templating.list)
      if (type === 'query' && refresh !== 2)
        report(`expected variable ${name} to refresh with the time, got ${refresh}`)
  },
}
