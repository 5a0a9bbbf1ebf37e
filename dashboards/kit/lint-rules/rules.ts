/**
 * The rules of Grafana's dashboard-linter, each by its name there.
 * https://github.com/grafana/dashboard-linter/blob/main/docs/index.md
 */

import { panelDatasource } from './panel-datasource-rule.ts'
import { panelNoTargets } from './panel-no-targets-rule.ts'
import { panelTitleDescription } from './panel-title-description-rule.ts'
import { panelUnits } from './panel-units-rule.ts'
import type { Rule } from './rule.ts'
import { targetCounterAgg } from './target-counter-agg-rule.ts'
import { targetInstance } from './target-instance-rule.ts'
import { targetJob } from './target-job-rule.ts'
import { targetLogqlAuto } from './target-logql-auto-rule.ts'
import { targetLogql } from './target-logql-rule.ts'
import { targetPromql } from './target-promql-rule.ts'
import { targetRateInterval } from './target-rate-interval-rule.ts'
import { templateDatasource } from './template-datasource-rule.ts'
import { templateInstance } from './template-instance-rule.ts'
import { templateJob } from './template-job-rule.ts'
import { templateLabelPromql } from './template-label-promql-rule.ts'
import { templateOnTimeChangeReload } from './template-on-time-change-reload-rule.ts'
import { uneditableDashboard } from './uneditable-dashboard.ts'

export const rules: readonly Rule[] = [
  templateDatasource,
  templateJob,
  templateInstance,
  templateLabelPromql,
  templateOnTimeChangeReload,
  panelDatasource,
  panelTitleDescription,
  panelUnits,
  panelNoTargets,
  targetPromql,
  targetLogql,
  targetLogqlAuto,
  targetRateInterval,
  targetJob,
  targetInstance,
  targetCounterAgg,
  uneditableDashboard,
]
