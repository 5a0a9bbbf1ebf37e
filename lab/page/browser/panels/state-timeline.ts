/** A row for each series, colored by what its value means over time. */
import type uPlot from 'uplot'
import { textOn, withOpacity } from '../../model/colors.ts'
import { seriesKey } from '../../model/compare.ts'
import { display } from '../../model/display.ts'
import { type Frame, numberFields, timeField, titleOf, type Value } from '../../model/frames.ts'
import { h } from '../dom.ts'
import { drawChart, font } from './chart.ts'
import { captionOf, option, type PanelContext, sayNothing } from './panel.ts'

interface Stretch {
  from: number
  to: number
  text: string
  color: string
}

interface Row {
  /** What it is known by in both spans. */
  key: string
  name: string
  stretches: Stretch[]
  /** In the span that is drawn under the present one. */
  before?: Stretch[] | undefined
}

export function stateTimeline(context: PanelContext): void {
  const { body, data, panel } = context
  const rows = rowsOf(data.frames, data.step)
  const before = new Map(rowsOf(data.earlier?.frames ?? [], data.step).map(row => [row.key, row]))
  for (const row of rows) {
    row.before = before.get(row.key)?.stretches
    before.delete(row.key)
  }
  // What is gone has a row still.
  for (const row of before.values()) rows.push({ ...row, stretches: [], before: row.stretches })
  if (rows.every(({ stretches, before = [] }) => stretches.length + before.length === 0)) {
    sayNothing(context)
    return
  }
  let host = body.querySelector<HTMLElement>(':scope > .plot')
  if (host === null) {
    host = h('div', { class: 'plot' })
    body.replaceChildren(host)
  }
  const isNarrow = body.clientWidth < 480
  const space = Number(panel.fieldConfig?.defaults?.custom?.axisWidth ?? 0)
  const widest = Math.max(...rows.map(({ name }) => name.length)) * 7 + 16
  const width = isNarrow ? Math.min(110, widest) : Math.min(space || 250, widest)
  const opacity = Number(panel.fieldConfig?.defaults?.custom?.fillOpacity ?? 70) / 100
  const shared = {
    rows,
    rowShare: option<number>(panel, 'rowHeight') ?? 0.8,
    opacity,
    showValue: option<string>(panel, 'showValue'),
    isCompared: data.earlier !== undefined,
  }
  const plot = drawChart(host, context, {
    signature: JSON.stringify([rows.map(({ name }) => name), width]),
    data: [
      [data.range.from / 1000, data.range.to / 1000],
      [null, null],
    ],
    series: [{ show: true, points: { show: false } }],
    // Downwards by its direction: with its ends swapped uPlot draws no names.
    scales: { y: { dir: -1, range: () => [0, rows.length] } },
    axis: {
      grid: { show: false },
      size: width,
      splits: () => rows.map((_, at) => at + 0.5),
      values: () => rows.map(({ name }) => shortened(name, width)),
    },
    cursorY: false,
    hooks: { drawClear: [each => drawRows(each, drawn.get(each) ?? shared)] },
  })
  drawn.set(plot, shared)
  plot.redraw()
  plot.over.onmousemove = () => hover(plot, rows, data.earlier?.name)
  captionOf(body, data.earlier && `The lower strip of each row is ${data.earlier.name}`)
}

function rowsOf(frames: readonly Frame[], step: number): Row[] {
  return frames.flatMap((frame, at) =>
    numberFields(frame).map(field => ({
      key: seriesKey(frame, field),
      name: titleOf(field),
      stretches: stretchesOf(timeField(frame)?.values ?? [], field.values, step, value =>
        display(value, field.config, at),
      ),
    })),
  )
}

interface Drawn {
  rows: readonly Row[]
  rowShare: number
  opacity: number
  showValue: string | undefined
  isCompared: boolean
}

const drawn = new WeakMap<uPlot, Drawn>()

/** Neighbours with the same text become one; a missing step ends a stretch. */
function stretchesOf(
  times: readonly Value[],
  values: readonly Value[],
  step: number,
  look: (value: Value) => { text: string; color: string },
): Stretch[] {
  const found: Stretch[] = []
  for (const [at, value] of values.entries()) {
    if (value === null || (typeof value === 'number' && Number.isNaN(value))) continue
    const from = Number(times[at])
    const { text, color } = look(value)
    const last = found.at(-1)
    if (last !== undefined && last.text === text && from - last.to < step / 2) last.to = from + step
    else found.push({ from, to: from + step, text, color })
  }
  return found
}

/** Of the height of a row, where two spans are compared. */
const shareOfNow = 0.66

function drawRows(plot: uPlot, { rows, rowShare, opacity, showValue, isCompared }: Drawn): void {
  const { ctx, bbox } = plot
  const height = bbox.height / rows.length
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.font = font
  ctx.textBaseline = 'middle'
  const draw = (stretches: readonly Stretch[], top: number, tall: number, hasText: boolean) => {
    for (const { from, to, color, text } of stretches) {
      const left = plot.valToPos(from / 1000, 'x', true)
      const right = plot.valToPos(to / 1000, 'x', true)
      ctx.fillStyle = withOpacity(color, hasText ? opacity : opacity * 0.7)
      ctx.fillRect(left, top, Math.max(1, right - left), tall)
      if (!hasText || showValue === 'never' || right - left < ctx.measureText(text).width + 8) continue
      ctx.fillStyle = textOn(color)
      ctx.fillText(text, Math.max(left, bbox.left) + 4, top + tall / 2)
    }
  }
  for (const [at, { stretches, before = [] }] of rows.entries()) {
    const top = bbox.top + at * height + (height * (1 - rowShare)) / 2
    const tall = height * rowShare
    const ofNow = isCompared ? tall * shareOfNow : tall
    draw(stretches, top, ofNow, true)
    draw(before, top + ofNow + devicePixelRatio, tall - ofNow - devicePixelRatio, false)
  }
  ctx.restore()
}

const shortened = (name: string, width: number) => {
  const most = Math.max(6, Math.floor((width - 14) / 6.6))
  return name.length > most ? `${name.slice(0, most - 1)}…` : name
}

function hover(plot: uPlot, rows: readonly Row[], earlier: string | undefined): void {
  const { left = -1, top = -1 } = plot.cursor
  if (left < 0) return
  const row = rows[Math.floor(plot.posToVal(top, 'y'))]
  const time = plot.posToVal(left, 'x') * 1000
  const at = (stretches: readonly Stretch[] = []) =>
    stretches.find(({ from, to }) => from <= time && time < to)?.text ?? 'nothing at this time'
  const then = earlier === undefined ? '' : `; ${earlier}: ${at(row?.before)}`
  plot.over.title = row === undefined ? '' : `${row.name}: ${at(row.stretches)}${then}`
}
