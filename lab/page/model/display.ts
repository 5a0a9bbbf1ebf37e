/** What a value looks like under a field's configuration: its text and its color. */
import { cssColor, seriesColor } from './colors.ts'
import type { FieldConfig, Mapping, Thresholds } from './dashboard.ts'
import type { Value } from './frames.ts'
import { formatValue } from './units.ts'

export interface Display {
  text: string
  color: string
  /** A mapping gave the color, so it counts whatever the color mode is. */
  isMapped: boolean
}

export function display(value: Value, config: FieldConfig = {}, index = 0): Display {
  const mapped = mappedBy(config.mappings ?? [], value)
  const color = mapped?.color === undefined ? colorOf(value, config, index) : cssColor(mapped.color)
  const isMapped = mapped?.color !== undefined
  if (mapped?.text !== undefined) return { text: mapped.text, color, isMapped }
  if (value === null) return { text: config.noValue ?? '-', color, isMapped }
  const text = typeof value === 'string' ? value : formatValue(value, config.unit, config.decimals)
  return { text, color, isMapped }
}

export function colorOf(value: Value, config: FieldConfig, index: number): string {
  const mode = config.color?.mode ?? 'thresholds'
  if ((mode === 'fixed' || mode === 'shades') && config.color?.fixedColor)
    return cssColor(config.color.fixedColor)
  if (mode.startsWith('palette')) return seriesColor(index)
  return thresholdColor(typeof value === 'number' ? value : Number.NEGATIVE_INFINITY, config)
}

/** The color of the last step at or below the value. */
function thresholdColor(value: number, { thresholds, min = 0, max = 100 }: FieldConfig): string {
  const steps = thresholds?.steps ?? []
  const compared = thresholds?.mode === 'percentage' ? ((value - min) / (max - min)) * 100 : value
  const step = steps.findLast(each => each.value === null || compared >= each.value) ?? steps[0]
  return cssColor(step?.color ?? 'green')
}

/** Where lines are drawn: every step but the lowest. */
export function thresholdLines({
  thresholds,
  min = 0,
  max = 100,
}: FieldConfig): { at: number; color: string }[] {
  return (thresholds?.steps ?? []).flatMap(({ value, color }) => {
    if (value === null || !Number.isFinite(value)) return []
    const at = (thresholds as Thresholds).mode === 'percentage' ? min + (value / 100) * (max - min) : value
    return [{ at, color: cssColor(color) }]
  })
}

interface Mapped {
  text?: string
  color?: string
}

function mappedBy(mappings: readonly Mapping[], value: Value): Mapped | undefined {
  for (const { type, options } of mappings) {
    const found = mappingKinds[type]?.(options, value)
    if (found !== undefined) return found
  }
  return undefined
}

type MappingOf = (options: Record<string, unknown>, value: Value) => Mapped | undefined

const mappingKinds: Readonly<Record<string, MappingOf>> = {
  value: (options, value) =>
    value !== null && Object.hasOwn(options, `${value}`) ? (options[`${value}`] as Mapped) : undefined,
  range: ({ from, to, result }, value) =>
    typeof value === 'number' &&
    value >= ((from as number | null) ?? Number.NEGATIVE_INFINITY) &&
    value <= ((to as number | null) ?? Number.POSITIVE_INFINITY)
      ? (result as Mapped)
      : undefined,
  regex: ({ pattern, result }, value) => {
    const expression = value === null ? undefined : regexOf(String(pattern))
    if (expression?.test(`${value}`) !== true) return undefined
    const { text, color } = result as Mapped
    return { text: text === undefined ? undefined : `${value}`.replace(expression, text), color }
  },
  special: ({ match, result }, value) => {
    const isNull = value === null
    const isNan = typeof value === 'number' && Number.isNaN(value)
    const matches: Record<string, boolean> = {
      null: isNull,
      nan: isNan,
      'null+nan': isNull || isNan,
      empty: value === '',
    }
    return matches[String(match)] === true ? (result as Mapped) : undefined
  },
}

/** `/^a$/i` as a dashboard writes it, or a bare expression; nothing where it is none. */
export function regexOf(text: string): RegExp | undefined {
  const written = /^\/(.*)\/([a-z]*)$/s.exec(text)
  try {
    return written === null
      ? new RegExp(`^(?:${text})$`)
      : new RegExp(written[1]!, written[2]!.replace('g', ''))
  } catch {
    return undefined
  }
}
