/** Buckets of a histogram over time: the more requests a bucket got, the brighter its cell. */
import type uPlot from 'uplot'
import { turbo } from '../../model/colors.ts'
import { type Frame, timeField } from '../../model/frames.ts'
import { buckets, type HeatRow, quantileCourse } from '../../model/heat.ts'
import { formatValue } from '../../model/units.ts'
import { h } from '../dom.ts'
import { drawChart } from './chart.ts'
import { placeExemplars, setExemplars } from './exemplars.ts'
import { captionOf, option, type PanelContext, sayNothing } from './panel.ts'

interface Drawn {
  rows: readonly HeatRow[]
  step: number
  largest: number
  exponent: number
  gap: number
  /** Where an earlier span is compared: its cells would hide these, so a line stands for each. */
  courses: { now: Course; before: Course } | undefined
}

type Course = ReturnType<typeof quantileCourse>

/** Below the line lies so much of what came. */
const shownShare = 0.95

const drawn = new WeakMap<uPlot, Drawn>()

export function heatmap(context: PanelContext): void {
  const { body, data, panel } = context
  const least = option<number>(panel, 'filterValues.le') ?? 1e-9
  const rows = rowsOf(data.frames)
  const largest = Math.max(0, ...rows.flatMap(({ cells }) => [...cells.values()]).filter(Number.isFinite))
  if (largest <= least) {
    sayNothing(context)
    return
  }
  let host = body.querySelector<HTMLElement>(':scope > .plot')
  if (host === null) {
    host = h('div', { class: 'plot' })
    body.replaceChildren(host)
  }
  const unit = option<string>(panel, 'yAxis.unit') ?? panel.fieldConfig?.defaults?.unit
  const shared: Drawn = {
    rows: rows.map(row => ({ ...row, cells: new Map([...row.cells].filter(([, value]) => value > least)) })),
    step: data.step,
    largest,
    exponent: option<number>(panel, 'color.exponent') ?? 0.5,
    gap: option<number>(panel, 'cellGap') ?? 1,
    courses: data.earlier && {
      now: quantileCourse(rows, shownShare),
      before: quantileCourse(onRowsOf(rows, rowsOf(data.earlier.frames)), shownShare),
    },
  }
  const label = (at: number) => (rows[at] === undefined ? '' : formatLe(rows[at].le, unit))
  const plot = drawChart(host, context, {
    signature: JSON.stringify([rows.map(({ le }) => le), unit]),
    data: [
      [data.range.from / 1000, data.range.to / 1000],
      [null, null],
    ],
    series: [{ points: { show: false } }],
    scales: { y: { range: () => [0, rows.length] } },
    axis: {
      splits: each => everySo(each, rows.length),
      values: (_each, splits) => splits.map(at => label(at - 1)),
      grid: { show: false },
    },
    hooks: {
      draw: [placeExemplars, each => drawCourses(each, drawn.get(each) ?? shared)],
      drawClear: [each => drawCells(each, drawn.get(each) ?? shared)],
    },
  })
  drawn.set(plot, shared)
  plot.redraw()
  captionOf(
    body,
    data.earlier &&
      (shared.courses!.before.length === 0
        ? `Nothing in ${data.earlier.name} to compare with`
        : `95 % came below the line: solid now, dashed ${data.earlier.name}`),
  )
  // Dots stand where their value lies between the edges of the buckets.
  const edge = (value: number) => rows.findIndex(({ le }) => value <= le) + 0.5
  setExemplars(plot, data, edge)
  plot.over.onmousemove = () => {
    const { left = -1, top = -1 } = plot.cursor
    const row = rows[Math.floor(plot.posToVal(top, 'y'))]
    const time = Math.floor((plot.posToVal(left, 'x') * 1000) / data.step) * data.step
    plot.over.title =
      row === undefined
        ? ''
        : `up to ${formatLe(row.le, unit)}: ${formatValue(row.cells.get(time) ?? 0, 'short')}`
  }
}

function rowsOf(frames: readonly Frame[]): HeatRow[] {
  return buckets(
    frames.flatMap(frame =>
      frame.fields
        .filter(({ type }) => type === 'number')
        .map(field => ({
          le: field.labels?.le ?? '',
          times: (timeField(frame)?.values ?? []) as number[],
          values: field.values as number[],
        })),
    ),
  )
}

/** The same rows in both spans, whichever buckets the earlier one had; what has no row of its own goes into the next. */
function onRowsOf(rows: readonly HeatRow[], before: readonly HeatRow[]): HeatRow[] {
  const found = rows.map(({ le }) => ({ le, cells: new Map<number, number>() }))
  for (const { le, cells } of before) {
    const row = found.find(each => le <= each.le) ?? found.at(-1)
    for (const [time, value] of cells) row?.cells.set(time, (row.cells.get(time) ?? 0) + value)
  }
  return found
}

const formatLe = (le: number, unit: string | undefined) =>
  le === Infinity ? '+Inf' : formatValue(le, unit, undefined, true)

/** As many edges as there is room for. */
function everySo({ height }: uPlot, count: number): number[] {
  const every = Math.ceil(count / Math.max(1, Math.floor(height / 26)))
  return Array.from({ length: Math.floor(count / every) + 1 }, (_, at) => at * every)
}

function drawCells(plot: uPlot, { rows, step, largest, exponent, gap }: Drawn): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  const space = gap * devicePixelRatio
  for (const [at, { cells }] of rows.entries()) {
    const top = plot.valToPos(at + 1, 'y', true)
    const height = plot.valToPos(at, 'y', true) - top
    for (const [time, value] of cells) {
      const left = plot.valToPos(time / 1000, 'x', true)
      const width = plot.valToPos((time + step) / 1000, 'x', true) - left
      ctx.fillStyle = turbo(0.08 + 0.87 * (value / largest) ** exponent)
      ctx.fillRect(left, top, Math.max(1, width - (width > 4 ? space : 0)), Math.max(1, height - space))
    }
  }
  ctx.restore()
}

function drawCourses(plot: uPlot, { courses, step }: Drawn): void {
  if (courses === undefined) return
  const { ctx, bbox } = plot
  const path = (course: Course) => {
    const line = new Path2D()
    for (const [at, [time, row]] of course.entries()) {
      const [x, y] = [plot.valToPos((time + step / 2) / 1000, 'x', true), plot.valToPos(row, 'y', true)]
      const before = course[at - 1]
      // A gap is not bridged.
      if (before === undefined || time - before[0] > step * 1.5) line.moveTo(x, y)
      else line.lineTo(x, y)
    }
    return line
  }
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const [course, dash] of [
    [courses.before, [6, 4]],
    [courses.now, []],
  ] as const) {
    const line = path(course)
    ctx.setLineDash(dash.map(length => length * devicePixelRatio))
    // Seen on bright cells and on dark ones.
    for (const [color, width] of [
      ['#000000', 4],
      ['#ffffff', 2],
    ] as const) {
      ctx.strokeStyle = color
      ctx.lineWidth = width * devicePixelRatio
      ctx.stroke(line)
    }
  }
  ctx.restore()
}
