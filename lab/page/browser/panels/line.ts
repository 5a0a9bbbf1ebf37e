/** A series as a chart, its legend and its tooltip see it. */
import type { FieldConfig } from '../../model/dashboard.ts'
import type { Field, Frame } from '../../model/frames.ts'

export interface Line {
  frame: Frame
  field: Field
  config: FieldConfig
  name: string
  color: string
  values: (number | null)[]
  /** What it was in the span that is drawn under the present one. */
  earlier: (number | null)[] | undefined
}
