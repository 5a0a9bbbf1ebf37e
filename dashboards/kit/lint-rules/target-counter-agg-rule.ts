import { onTargets, type Rule, selectorsIn } from './rule.ts'

/** Counters are only read as rates or increases: their values start over with each restart. */
export const targetCounterAgg: Rule = {
  name: 'target-counter-agg-rule',
  check: onTargets((_dashboard, panel, { expr = '' }, report) => {
    for (const { metric, range } of selectorsIn(expr))
      if (metric.text.endsWith('_total') && !['rate', 'irate', 'increase'].includes(range?.within ?? ''))
        report(`expected the counter ${metric.text} inside of rate, irate or increase`, panel)
  }),
}
