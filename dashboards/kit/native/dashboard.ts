/** Grafana's own JSON of a dashboard, as far as the kit reads it. */
import type { GridPosition } from '../layout.ts'

export interface NativePanel {
  id: number
  type: string
  title: string
  gridPos: GridPosition
  collapsed?: boolean
  panels?: NativePanel[]
  description?: string
  datasource?: { type?: string; uid?: string }
  targets?: NativeTarget[]
  fieldConfig?: {
    defaults: { unit?: string; mappings?: unknown[] | null; links?: unknown[]; noValue?: string }
    overrides: { matcher: unknown; properties: { id: string; value?: unknown }[] }[]
  }
  options?: { reduceOptions?: { fields?: string } } & Record<string, unknown>
  [other: string]: unknown
}

export interface NativeTarget {
  refId: string
  datasource?: { type?: string; uid?: string }
  expr?: string
  query?: string
  queryType?: string
  instant?: boolean
  format?: string
  legendFormat?: string
  hide?: boolean
}

export interface NativeVariable {
  name: string
  type: string
  label: string
  query: string | { query: string }
  refresh?: number
  multi?: boolean
  allValue?: string
  includeAll?: boolean
  datasource?: { type: string; uid: string }
  [other: string]: unknown
}

export interface NativeDashboard {
  uid: string
  title: string
  description: string
  tags: string[]
  schemaVersion: number
  version: number
  editable: boolean
  graphTooltip: number
  refresh: string
  timezone: string
  time: { from: string; to: string }
  links: unknown[]
  annotations: { list: { name: string; expr?: string }[] }
  templating: { list: NativeVariable[] }
  panels: NativePanel[]
}

/** Its panels without the headers of rows; a collapsed row holds its panels itself. */
export function panelsOf(dashboard: NativeDashboard): NativePanel[] {
  return dashboard.panels.flatMap(panel => (panel.type === 'row' ? (panel.panels ?? []) : [panel]))
}
