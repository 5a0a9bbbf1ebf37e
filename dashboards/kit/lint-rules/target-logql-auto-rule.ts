import { isLoki, onTargets, type Rule } from './rule.ts'

/** Ranges in LogQL are `[$__auto]`, so that they follow the time range. */
export const targetLogqlAuto: Rule = {
  name: 'target-logql-auto-rule',
  check: onTargets((_dashboard, panel, target, report) => {
    const ranges = [...(target.expr ?? '').matchAll(/\[([^\]]*)\]/g)].map(([, range]) => range)
    if (isLoki(panel, target) && ranges.some(range => range !== '$__auto'))
      report(`expected ranges of [$__auto], got "${target.expr}"`, panel)
  }),
}
