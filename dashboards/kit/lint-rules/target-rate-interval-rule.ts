import { hasQueries, isPrometheus, onTargets, type Rule, selectorsIn } from './rule.ts'

/** Windows of rates are `[$__rate_interval]`, so that they hold several samples at any zoom. */
export const targetRateInterval: Rule = {
  name: 'target-rate-interval-rule',
  check: onTargets((dashboard, panel, { expr = '' }, report) => {
    if (!isPrometheus(dashboard) || !hasQueries.includes(panel.type)) return
    for (const { range } of selectorsIn(expr))
      if (range && ['rate', 'irate'].includes(range.within ?? '') && range.duration !== '$__rate_interval')
        report(`expected [$__rate_interval], got [${range.duration}]`, panel)
  }),
}
