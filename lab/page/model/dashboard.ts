/** The part of Grafana's dashboard JSON (schema v1) that the page reads. Everything may be missing in a user's file. */

export interface Dashboard {
  uid: string
  title: string
  description?: string
  time?: RawRange
  refresh?: string
  links?: DashboardLink[]
  annotations?: { list?: AnnotationQuery[] }
  templating?: { list?: Variable[] }
  panels?: Panel[]
}

/** As in the address: `now-1h`, milliseconds since the epoch, or a date. */
export interface RawRange {
  from: string
  to: string
}

interface DashboardLink {
  type?: string
  title?: string
  url?: string
  tags?: string[]
  keepTime?: boolean
  includeVars?: boolean
  targetBlank?: boolean
}

export interface AnnotationQuery {
  name: string
  enable?: boolean
  hide?: boolean
  iconColor?: string
  expr?: string
  titleFormat?: string
  textFormat?: string
  useValueForTime?: boolean | string
  datasource?: Datasource
}

interface Datasource {
  type?: string
  uid?: string
}

export interface Variable {
  name: string
  type: string
  label?: string | null
  query?: string | { query?: string }
  current?: { text?: string | string[]; value?: string | string[] }
  options?: { text: string; value: string }[]
  includeAll?: boolean
  allValue?: string | null
  multi?: boolean
  regex?: string
  sort?: number
  hide?: number
  skipUrlSync?: boolean
}

export interface Panel {
  id: number
  type: string
  title?: string
  description?: string
  gridPos?: { x: number; y: number; w: number; h: number }
  collapsed?: boolean
  panels?: Panel[]
  datasource?: Datasource
  targets?: Target[]
  fieldConfig?: { defaults?: FieldConfig; overrides?: Override[] }
  options?: Record<string, unknown>
  transformations?: Transformation[]
  links?: DataLink[]
  interval?: string
  maxDataPoints?: number
  transparent?: boolean
}

export interface Target {
  refId: string
  expr?: string
  query?: string
  queryType?: string
  format?: string
  legendFormat?: string
  instant?: boolean
  range?: boolean
  exemplar?: boolean
  hide?: boolean
  limit?: number
  datasource?: Datasource
}

export interface Transformation {
  id: string
  disabled?: boolean
  options?: Record<string, unknown>
}

export interface DataLink {
  title?: string
  url?: string
  targetBlank?: boolean
}

export interface Thresholds {
  mode?: 'absolute' | 'percentage'
  /** The first step's value is null: it reaches down without end. */
  steps: { value: number | null; color: string }[]
}

export interface Mapping {
  type: 'value' | 'range' | 'regex' | 'special'
  options: Record<string, unknown>
}

export interface FieldConfig {
  unit?: string
  decimals?: number
  min?: number
  max?: number
  noValue?: string
  displayName?: string
  thresholds?: Thresholds
  mappings?: Mapping[]
  color?: { mode?: string; fixedColor?: string }
  links?: DataLink[]
  custom?: Record<string, unknown>
}

export interface Override {
  matcher: { id: string; options?: unknown }
  properties: { id: string; value?: unknown }[]
}
