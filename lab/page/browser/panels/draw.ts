/** Which panel types there are. */
import { bargauge } from './bargauge.ts'
import { gauge } from './gauge.ts'
import { heatmap } from './heatmap.ts'
import { logs } from './logs.ts'
import { nodeGraph } from './node-graph.ts'
import type { Draw } from './panel.ts'
import { stat } from './stat.ts'
import { stateTimeline } from './state-timeline.ts'
import { table } from './table.ts'
import { text } from './text.ts'
import { timeseries } from './timeseries.ts'
import { traces } from './traces.ts'

export const draws: Readonly<Record<string, Draw>> = {
  timeseries,
  stat,
  gauge,
  bargauge,
  heatmap,
  'state-timeline': stateTimeline,
  'status-history': stateTimeline,
  table,
  logs,
  traces,
  nodeGraph,
  text,
}
