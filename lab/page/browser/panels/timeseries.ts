/** Lines and bars over time, with a legend, a tooltip, thresholds and exemplars. */
import uPlot from 'uplot'
import { seriesColor, withOpacity } from '../../model/colors.ts'
import { seriesKey } from '../../model/compare.ts'
import type { FieldConfig } from '../../model/dashboard.ts'
import { colorOf, thresholdLines } from '../../model/display.ts'
import { type Field, type Frame, numberFields, timeField, titleOf } from '../../model/frames.ts'
import { formatValue } from '../../model/units.ts'
import { h } from '../dom.ts'
import { drawChart, themeColors } from './chart.ts'
import { placeExemplars, setExemplars } from './exemplars.ts'
import { drawLegend } from './legend.ts'
import type { Line } from './line.ts'
import { type PanelContext, sayNothing } from './panel.ts'
import { tooltip } from './tooltip.ts'

export function timeseries(context: PanelContext): void {
  const { body, data } = context
  const earlierFrames = data.earlier?.frames ?? []
  const { times, lines } = linesOf(data.frames, earlierFrames, data.step)
  if (lines.length === 0) {
    sayNothing(context)
    return
  }
  const { plotHost, legendHost } = hosts(body)
  const hidden = hiddenOf(body)
  const draw = () => {
    drawLegend(legendHost, context, lines, hidden, draw)
    drawLines(plotHost, context, times, lines, hidden)
  }
  draw()
}

/** Every series on the same times: a step without a sample is a gap in its line. */
function linesOf(
  now: readonly Frame[],
  before: readonly Frame[],
  step: number,
): { times: number[]; lines: Line[] } {
  const series = seriesIn(now)
  const seriesBefore = seriesIn(before)
  const all = new Set<number>()
  for (const { time = [] } of [...series, ...seriesBefore]) for (const each of time) all.add(each)
  const begin = Math.min(...all)
  for (let at = Math.max(...all); at > begin && all.size < 12_000; at -= step)
    if (![...[-1, 0, 1]].some(shift => all.has(at + shift))) all.add(at)
  const times = [...all].toSorted((a, b) => a - b)
  const place = new Map(times.map((time, index) => [time, index]))
  const valuesOf = ({ field, time = [] }: Series) => {
    const values = new Array<number | null>(times.length).fill(null)
    for (const [at, each] of time.entries()) {
      const value = field.values[at]
      if (typeof value === 'number' && Number.isFinite(value)) values[place.get(each)!] = value
    }
    return values
  }
  const lineOf = (
    each: Series,
    index: number,
    values: (number | null)[],
    earlier?: (number | null)[],
  ): Line => {
    const { frame, field } = each
    const config = field.config ?? {}
    const last = (values.some(value => value !== null) ? values : (earlier ?? [])).findLast(
      value => value !== null,
    )
    const color = plain(colorOf(last ?? null, config, index), index)
    return { frame, field, config, name: titleOf(field), color, values, earlier }
  }
  const known = new Map(seriesBefore.map(each => [seriesKey(each.frame, each.field), each]))
  const lines = series.map((each, index) => {
    const key = seriesKey(each.frame, each.field)
    const found = known.get(key)
    known.delete(key)
    return lineOf(each, index, valuesOf(each), found && valuesOf(found))
  })
  const gone = [...known.values()].map((each, index) =>
    lineOf(each, lines.length + index, new Array<null>(times.length).fill(null), valuesOf(each)),
  )
  const isThere = (value: number | null) => value !== null
  return {
    times,
    lines: [...lines, ...gone].filter(
      ({ values, earlier }) => values.some(isThere) || earlier?.some(isThere),
    ),
  }
}

interface Series {
  frame: Frame
  field: Field
  time: number[] | undefined
}

function seriesIn(frames: readonly Frame[]): Series[] {
  return frames.flatMap(frame =>
    numberFields(frame)
      .filter(field => (field.config?.custom?.hideFrom as { viz?: boolean } | undefined)?.viz !== true)
      .map(field => ({ frame, field, time: timeField(frame)?.values as number[] | undefined })),
  )
}

const plain = (color: string, index: number) => (color === 'currentColor' ? seriesColor(index) : color)

const hiddenLines = new WeakMap<HTMLElement, Set<string>>()

function hiddenOf(body: HTMLElement): Set<string> {
  const found = hiddenLines.get(body) ?? new Set()
  hiddenLines.set(body, found)
  return found
}

function hosts(body: HTMLElement): { plotHost: HTMLElement; legendHost: HTMLElement } {
  const [plotHost, legendHost] = [...body.querySelectorAll<HTMLElement>(':scope > .plot, :scope > .legend')]
  if (plotHost !== undefined && legendHost !== undefined) return { plotHost, legendHost }
  const made = { plotHost: h('div', { class: 'plot' }), legendHost: h('div', { class: 'legend' }) }
  body.replaceChildren(made.plotHost, made.legendHost)
  return made
}

function drawLines(
  host: HTMLElement,
  context: PanelContext,
  times: readonly number[],
  all: readonly Line[],
  hidden: ReadonlySet<string>,
): void {
  const { panel, data } = context
  const lines = all.filter(({ name }) => !hidden.has(name))
  const defaults = panel.fieldConfig?.defaults ?? {}
  const custom = defaults.custom ?? {}
  const isStacked = (custom.stacking as { mode?: string } | undefined)?.mode === 'normal'
  const drawn = isStacked ? stacked(lines) : lines
  // Of a stack, what it was in all: lines of its parts would cross.
  const earlier = isStacked ? earlierTotal(lines) : lines.flatMap(line => (line.earlier ? [line] : []))
  const { background } = themeColors()
  const plot = drawChart(host, context, {
    signature: JSON.stringify([[...lines, ...earlier].map(({ name, color }) => [name, color]), defaults]),
    data: [
      times.map(time => time / 1000),
      ...drawn.map(({ values }) => values),
      ...earlier.map(line => line.earlier),
    ] as uPlot.AlignedData,
    series: [...drawn.map(line => seriesOf(line, isStacked, background)), ...earlier.map(earlierSeries)],
    scales: { y: { range: (_plot, low, high) => yRange(low, high, defaults) } },
    axis: {
      values: (_plot, splits) =>
        splits.map(value => formatValue(round(value), defaults.unit, undefined, true)),
      space: 28,
    },
    hooks: {
      draw: [
        placeExemplars,
        each => {
          if ((custom.thresholdsStyle as { mode?: string } | undefined)?.mode?.includes('dashed'))
            for (const { at, color } of thresholdLines(defaults)) drawThreshold(each, at, color)
        },
      ],
    },
  })
  tooltip(host, plot, context, times, lines)
  setExemplars(plot, data)
}

/** Sums from the first series up, the highest first: each is painted over by the ones below it. */
function stacked(lines: readonly Line[]): Line[] {
  const sums = new Array<number>(lines[0]?.values.length ?? 0).fill(0)
  return lines
    .map(line => ({
      ...line,
      values: line.values.map((value, at) => {
        sums[at] = sums[at]! + (value ?? 0)
        return value === null ? null : sums[at]!
      }),
    }))
    .reverse()
}

function earlierTotal(lines: readonly Line[]): Pick<Line, 'name' | 'color' | 'earlier'>[] {
  const parts = lines.flatMap(({ earlier }) => (earlier ? [earlier] : []))
  if (parts.length === 0) return []
  const earlier = parts[0]!.map((_, at) => {
    const there = parts.flatMap(part => part[at] ?? [])
    return there.length === 0 ? null : there.reduce((a, b) => a + b)
  })
  return [{ name: 'earlier, in all', color: themeColors().text, earlier }]
}

function earlierSeries({ name, color }: Pick<Line, 'name' | 'color'>): uPlot.Series {
  return {
    label: `${name} earlier`,
    stroke: withOpacity(color, 0.8),
    width: 1.25,
    dash: [5, 4],
    points: { show: false },
  }
}

function seriesOf({ name, color, config }: Line, isStacked: boolean, background: string): uPlot.Series {
  const custom = config.custom ?? {}
  const isBars = custom.drawStyle === 'bars'
  const opacity = Number(custom.fillOpacity ?? 0) / 100
  const style = custom.lineStyle as { fill?: string; dash?: number[] } | undefined
  const fill = isStacked ? mixed(color, background, opacity) : withOpacity(color, opacity)
  return {
    label: name,
    stroke: color,
    width: Number(custom.lineWidth ?? 1),
    ...(opacity > 0 && { fill }),
    ...(style?.fill === 'dash' && { dash: style.dash ?? [6, 4] }),
    ...(isBars && { paths: uPlot.paths.bars!({ size: [0.92, 60] }) }),
    ...(custom.lineInterpolation === 'stepAfter' && { paths: uPlot.paths.stepped!({ align: 1 }) }),
    points: { show: !isBars, size: 4, fill: color, filter: alone },
  }
}

/** A point between two gaps has no line, so it is drawn as a dot. */
const alone: uPlot.Series.Points.Filter = (plot, index) => {
  const values = plot.data[index]!
  const isThere = (at: number) => values[at] !== null && values[at] !== undefined
  return Array.from(values.keys()).filter(at => isThere(at) && !isThere(at - 1) && !isThere(at + 1))
}

/** Both colors as one without transparency, for areas that lie over each other. */
function mixed(color: string, background: string, share: number): string {
  const channels = (hex: string) => [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16))
  const [front, back] = [channels(color), channels(background)]
  if ([...front, ...back].some(Number.isNaN)) return color
  return `rgb(${front.map((each, at) => Math.round(each * share + back[at]! * (1 - share))).join(', ')})`
}

function yRange(
  low: number | null,
  high: number | null,
  { min, max, custom = {} }: FieldConfig,
): [number, number] {
  const [softMin, softMax] = [custom.axisSoftMin, custom.axisSoftMax] as (number | undefined)[]
  const lowest = min ?? Math.min(low ?? 0, softMin ?? low ?? 0)
  const room = high === null ? 0 : (high - Math.min(lowest, high)) * 0.06
  const highest = max ?? Math.max((high ?? 1) + room, softMax ?? Number.NEGATIVE_INFINITY)
  return lowest < highest ? [lowest, highest] : [lowest - 1, lowest + 1]
}

/** 0.30000000000000004 is 0.3. */
const round = (value: number) => Number(value.toPrecision(12))

function drawThreshold(plot: uPlot, at: number, color: string): void {
  const { ctx, bbox } = plot
  const { min = 0, max = 0 } = plot.scales.y!
  if (at < min || at > max) return
  const y = plot.valToPos(at, 'y', true)
  ctx.save()
  ctx.strokeStyle = color
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.setLineDash([10 * devicePixelRatio, 8 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}
