/** One function per kind of panel: a definition names what it shows, defaults stand with the builder. */
import type {
  BarGauge,
  Heatmap,
  Logs,
  NodeGraph,
  Row,
  Stat,
  StateTimeline,
  Table,
  Text,
  TimeSeries,
  Traces,
} from './model.ts'

type Options<P> = Omit<P, 'type'>

export const timeseries = (options: Options<TimeSeries>): TimeSeries => ({ type: 'timeseries', ...options })
export const stat = (options: Options<Stat>): Stat => ({ type: 'stat', ...options })
export const barGauge = (options: Options<BarGauge>): BarGauge => ({ type: 'bargauge', ...options })
export const heatmap = (options: Options<Heatmap>): Heatmap => ({ type: 'heatmap', ...options })
export const stateTimeline = (options: Options<StateTimeline>): StateTimeline => ({
  type: 'state-timeline',
  ...options,
})
export const table = (options: Options<Table>): Table => ({ type: 'table', ...options })
export const logs = (options: Options<Logs>): Logs => ({ type: 'logs', ...options })
export const traces = (options: Options<Traces>): Traces => ({ type: 'traces', ...options })
export const nodeGraph = (options: Options<NodeGraph>): NodeGraph => ({ type: 'nodeGraph', ...options })
export const text = (options: Options<Text>): Text => ({ type: 'text', ...options })

export function row(title: string, panels: Row['panels'], options: { collapsed?: boolean } = {}): Row {
  return { title, panels, ...options }
}
