/** What a dashboard is made of, as plain data: definitions are this, and everything else reads it. */
import type { Language } from '../../contract/parse.ts'
import type { Unit } from './units.ts'

export interface Query {
  language: Language
  expr: string
  /** Name of each series, with `{{label}}`. */
  legend?: string | undefined
  /** Only the value at the end of the time range. */
  instant?: boolean | undefined
  format?: 'table' | 'heatmap' | undefined
  exemplars?: boolean | undefined
  /** Tempo draws its node graph from metrics instead of searching spans. */
  serviceMap?: boolean | undefined
}

export type Colour = 'good' | 'notice' | 'warning' | 'bad' | 'neutral' | 'muted' | 'accent'

/** From its value upwards a threshold's colour holds; the first one has no value. */
export interface Threshold {
  from?: number
  colour: Colour
}

export interface Mapping {
  value: string
  text: string
  colour: Colour
}

export interface DataLink {
  title: string
  url: string
}

/** What is different for the series that a legend or a field name matches. */
export interface Override {
  /** A regular expression over the whole name. */
  series: string
  colour?: Colour
  dashed?: boolean
  unit?: Unit
  decimals?: number
  thresholds?: readonly Threshold[]
  mappings?: readonly Mapping[]
  links?: readonly DataLink[]
  width?: number
  cell?: 'colour' | 'gauge'
  hidden?: boolean
}

interface Common {
  title: string
  /** What is normal, what is not, and where to look next. */
  description: string
  /** Columns of the 24; a panel without one gets the width usual for its type. */
  width?: number
  height?: number
  /** Stable across edits; taken from the title when absent. */
  id?: number
  links?: readonly DataLink[]
  /** Why the panel may show nothing although all is well. */
  quiet?: string
}

interface WithData extends Common {
  queries: readonly Query[]
  unit: Unit
  decimals?: number
  min?: number
  max?: number
  thresholds?: readonly Threshold[]
  mappings?: readonly Mapping[]
  overrides?: readonly Override[]
  /** Where a click on a series leads; variables and time go along. */
  drillDown?: readonly DataLink[]
  /** Smallest step, for panels over long windows. */
  interval?: string
  /** What an empty panel says; logs, traces and graphs have words of their own. */
  empty?: string
}

export interface TimeSeries extends WithData {
  type: 'timeseries'
  stack?: boolean
  /** Draws the thresholds as dashed lines. */
  limit?: boolean
  legend?: 'table' | 'list' | 'none'
  bars?: boolean
  logarithmic?: boolean
}
export interface Stat extends WithData {
  type: 'stat'
  sparkline?: boolean
  text?: 'value' | 'name' | 'value_and_name'
  fill?: 'background' | 'value' | 'none'
  reduce?: 'lastNotNull' | 'max' | 'sum' | 'mean'
}
export interface BarGauge extends WithData {
  type: 'bargauge'
}
export interface Heatmap extends WithData {
  type: 'heatmap'
}
export interface StateTimeline extends WithData {
  type: 'state-timeline'
  /** Pixels; panels above each other line up when they agree. */
  labelWidth?: number
}
export interface Table extends WithData {
  type: 'table'
  /** Fields in order, with their headings; fields not listed are left out. */
  columns: readonly { field: string; heading: string }[]
  sortBy?: { heading: string; descending: boolean }
}
export interface Logs extends Common {
  type: 'logs'
  queries: readonly Query[]
}
export interface Traces extends Common {
  type: 'traces'
  queries: readonly Query[]
}
export interface NodeGraph extends Common {
  type: 'nodeGraph'
  queries: readonly Query[]
}
export interface Text extends Common {
  type: 'text'
  markdown: string
}

export type Panel =
  | TimeSeries
  | Stat
  | BarGauge
  | Heatmap
  | StateTimeline
  | Table
  | Logs
  | Traces
  | NodeGraph
  | Text

export interface Row {
  title: string
  panels: readonly Panel[]
  collapsed?: boolean
}

export interface Variable {
  name: string
  label: string
  /** What is derived from another variable is neither shown nor part of links. */
  kind: 'datasource' | 'query' | 'text' | 'derived'
  /** A data source's type, a `label_values(…)` query, a text's first value, or `name : value` over other variables. */
  query: string
  multi?: boolean
  /** The value chosen first, instead of all. */
  selected?: string
}

export interface Annotation {
  name: string
  expr: string
  title: string
  text?: string
  colour: Colour
  /** The value is a time in milliseconds: one mark at that time. */
  valueIsTime?: boolean
  /** Shown without a switch above the panels. */
  withoutToggle?: boolean
  /** Tells of the lab itself, so no other service's dashboards have it. */
  ofTheLab?: true
}

/** A lint rule a dashboard breaks for a reason; `panels` narrows it to panels by title. */
export interface Exclusion {
  rule: string
  reason: string
  panels?: readonly string[]
}

export interface Dashboard {
  /** Where the definition stands, for messages: `import.meta.url`. */
  file: string
  uid: string
  title: string
  description: string
  tags: readonly string[]
  variables: readonly Variable[]
  annotations: readonly Annotation[]
  links: readonly DashboardLink[]
  rows: readonly Row[]
  exclusions?: readonly Exclusion[]
  /** The range shown first. */
  from?: string
  refresh?: string
}

export type DashboardLink =
  | { kind: 'dashboard'; title: string; uid: string; tooltip: string }
  | { kind: 'tag'; title: string; tag: string }
  | { kind: 'external'; title: string; url: string; tooltip: string }
