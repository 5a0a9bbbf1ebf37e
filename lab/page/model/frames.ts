/** What a query answers, in columns: one frame a series, or one frame for a whole table. */
import type { FieldConfig } from './dashboard.ts'

export type Labels = Readonly<Record<string, string>>
export type Value = number | string | null

export interface Field {
  /** What it is called before a display name, an override or a transformation changes it. */
  name: string
  type: 'time' | 'number' | 'string'
  values: Value[]
  labels?: Labels
  /** What a legend calls it. */
  displayName?: string
  config?: FieldConfig
}

export interface Frame {
  refId: string
  fields: Field[]
}

export const timeField = (frame: Frame) => frame.fields.find(field => field.type === 'time')
export const numberFields = (frame: Frame) => frame.fields.filter(field => field.type === 'number')
export const rowCount = (frame: Frame) => Math.max(0, ...frame.fields.map(field => field.values.length))
export const titleOf = (field: Field) => field.config?.displayName || field.displayName || field.name
