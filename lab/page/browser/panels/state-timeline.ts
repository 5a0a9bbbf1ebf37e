/** A row for each series, colored by what its value means over time. */
import type uPlot from 'uplot'
import { textOn, withOpacity } from '../../model/colors.ts'
import { display } from '../../model/display.ts'
import { numberFields, timeField, titleOf, type Value } from '../../model/frames.ts'
import { h } from '../dom.ts'
import { drawChart, font } from './chart.ts'
import { option, type PanelContext, sayNothing } from './panel.ts'

interface Stretch {
  from: number
  to: number
  text: string
  color: string
}

interface Row {
  name: string
  stretches: Stretch[]
}

export function stateTimeline(context: PanelContext): void {
  const { body, data, panel } = context
  const rows = data.frames.flatMap((frame, at) =>
    numberFields(frame).map(field => ({
      name: titleOf(field),
      stretches: stretchesOf(timeField(frame)?.values ?? [], field.values, data.step, value =>
        display(value, field.config, at),
      ),
    })),
  )
  if (rows.every(({ stretches }) => stretches.length === 0)) {
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
  }
  const plot = drawChart(host, context, {
    signature: JSON.stringify([rows.map(({ name }) => name), width]),
    data: [
      [data.range.from / 1000, data.range.to / 1000],
      [null, null],
    ],
    series: [{ show: true, points: { show: false } }],
    scales: { y: { range: () => [rows.length, 0] } },
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
  plot.over.onmousemove = () => hover(plot, rows)
}

interface Drawn {
  rows: readonly Row[]
  rowShare: number
  opacity: number
  showValue: string | undefined
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

function drawRows(plot: uPlot, { rows, rowShare, opacity, showValue }: Drawn): void {
  const { ctx, bbox } = plot
  const height = bbox.height / rows.length
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.font = font
  ctx.textBaseline = 'middle'
  for (const [at, { stretches }] of rows.entries())
    for (const { from, to, color, text } of stretches) {
      const left = plot.valToPos(from / 1000, 'x', true)
      const right = plot.valToPos(to / 1000, 'x', true)
      const top = bbox.top + at * height + (height * (1 - rowShare)) / 2
      ctx.fillStyle = withOpacity(color, opacity)
      ctx.fillRect(left, top, Math.max(1, right - left), height * rowShare)
      if (showValue === 'never' || right - left < ctx.measureText(text).width + 8) continue
      ctx.fillStyle = textOn(color)
      ctx.fillText(text, Math.max(left, bbox.left) + 4, top + (height * rowShare) / 2)
    }
  ctx.restore()
}

const shortened = (name: string, width: number) => {
  const most = Math.max(6, Math.floor((width - 14) / 6.6))
  return name.length > most ? `${name.slice(0, most - 1)}…` : name
}

function hover(plot: uPlot, rows: readonly Row[]): void {
  const { left = -1, top = -1 } = plot.cursor
  if (left < 0) return
  const row = rows[Math.floor(plot.posToVal(top, 'y'))]
  const time = plot.posToVal(left, 'x') * 1000
  const stretch = row?.stretches.find(({ from, to }) => from <= time && time < to)
  plot.over.title = row === undefined ? '' : `${row.name}: ${stretch?.text ?? 'nothing at this time'}`
}
