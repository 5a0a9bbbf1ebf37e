/** Gives every field its configuration: the panel's defaults and then the overrides that match. */
import type { FieldConfig, Override, Panel } from './dashboard.ts'
import { regexOf } from './display.ts'
import { type Field, type Frame, titleOf } from './frames.ts'

export function configured(frames: readonly Frame[], panel: Pick<Panel, 'fieldConfig'>): Frame[] {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {}
  return frames.map(frame => ({
    ...frame,
    fields: frame.fields.map(field => ({ ...field, config: configOf(field, frame, defaults, overrides) })),
  }))
}

function configOf(
  field: Field,
  frame: Frame,
  defaults: FieldConfig,
  overrides: readonly Override[],
): FieldConfig {
  const config: FieldConfig = { ...defaults, custom: { ...defaults.custom } }
  // Grafana's unit `string` is for numbers alone: a time keeps its own form.
  for (const { matcher, properties } of overrides)
    if (matches(matcher, field, frame)) for (const { id, value } of properties) set(config, id, value)
  return config
}

function matches({ id, options }: Override['matcher'], field: Field, frame: Frame): boolean {
  switch (id) {
    case 'byName':
      return titleOf(field) === options || field.name === options
    case 'byRegexp':
      return regexOf(String(options))?.test(titleOf(field)) === true
    case 'byType':
      return field.type === options
    case 'byFrameRefID':
      return frame.refId === options
    case 'byNames': {
      const names = (options as { names?: string[] } | undefined)?.names ?? []
      return names.includes(titleOf(field))
    }
    default:
      return false
  }
}

function set(config: FieldConfig, id: string, value: unknown): void {
  if (id.startsWith('custom.')) config.custom = { ...config.custom, [id.slice('custom.'.length)]: value }
  else Object.assign(config, { [id]: value })
}
