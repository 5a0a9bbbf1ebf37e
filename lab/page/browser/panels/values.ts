/** One value a series, as stat, gauge and bar gauge panels show them. */
import { difference, seriesKey } from '../../model/compare.ts'
import type { Timed } from '../../model/course.ts'
import type { FieldConfig } from '../../model/dashboard.ts'
import { type Display, display } from '../../model/display.ts'
import { type Field, type Frame, numberFields, timeField, titleOf, type Value } from '../../model/frames.ts'
import { type Place, placesOf, scopeOf } from '../../model/links.ts'
import { reduce } from '../../model/reduce.ts'
import { h } from '../dom.ts'
import { option, type PanelContext } from './panel.ts'

export interface Single extends Display, Timed {
  name: string
  value: Value
  config: FieldConfig
  places: readonly Place[]
  /** What it was in the span that is drawn under the present one. */
  earlier: (Timed & { text: string }) | undefined
}

export function singles({ panel, data }: PanelContext): Single[] {
  const calc = option<string[]>(panel, 'reduceOptions.calcs')?.[0]
  const isEvery = option<boolean>(panel, 'reduceOptions.values') === true
  const fields = data.frames.flatMap(frame => numberFields(frame).map(field => ({ frame, field })))
  const earlier = new Map(
    data.earlier?.frames.flatMap(frame =>
      numberFields(frame).map((field): [string, Timed] => [
        seriesKey(frame, field),
        { times: timesOf(frame), values: field.values },
      ]),
    ),
  )
  return fields.flatMap(({ frame, field }, index) => {
    if (isEvery) return field.values.map(value => single(data.scope, frame, field, value, index))
    const found = single(data.scope, frame, field, reduce(field.values, calc), index)
    const then = earlier.get(seriesKey(frame, field))
    if (data.earlier === undefined) return [found]
    if (then === undefined) return [{ ...found, earlier: { text: 'new', times: [], values: [] } }]
    const before = reduce(then.values, calc)
    const text = `${display(before, found.config, index).text} then, ${difference(found.value, before)}`
    return [{ ...found, earlier: { text, ...then } }]
  })
}

const timesOf = (frame: Frame) => timeField(frame)?.values.map(Number)

export function earlierText({ earlier }: Single): HTMLElement | undefined {
  return earlier && h('div', { class: 'then' }, earlier.text)
}

function single(
  scope: PanelContext['data']['scope'],
  frame: Frame,
  field: Field,
  value: Value,
  index: number,
): Single {
  const config = field.config ?? {}
  return {
    ...display(value, config, index),
    name: titleOf(field),
    value,
    times: timesOf(frame),
    values: field.values,
    config,
    places: placesOf(config.links, scopeOf(scope, { frame, field, value })),
    earlier: undefined,
  }
}

/** A link around it where it has one, else a plain box. */
export function linked(
  { places: [first] }: Single,
  className: string,
  ...children: Parameters<typeof h>[2][]
): HTMLElement {
  if (first === undefined) return h('div', { class: className }, ...children)
  return h(
    'a',
    {
      class: className,
      href: first.href,
      title: first.title,
      ...(first.isBlank && { target: '_blank', rel: 'noreferrer' }),
    },
    ...children,
  )
}

/** How much of the way from min to max a value is, between 0 and 1. */
export function shareOf(value: Value, { min = 0 }: FieldConfig, max: number): number {
  if (typeof value !== 'number' || !(max > min)) return 0
  return Math.min(1, Math.max(0, (value - min) / (max - min)))
}
