/** A time axis with what uPlot draws over it; a redraw with the same series keeps the chart, so hovering survives. */
import uPlot from 'uplot'
import { withOpacity } from '../../model/colors.ts'
import type { TimeRange } from '../../model/time.ts'
import type { Mark, PanelContext } from './panel.ts'

interface Chart {
  /** Two charts of the same signature differ only in their data. */
  signature: string
  data: uPlot.AlignedData
  series: uPlot.Series[]
  scales: uPlot.Scales
  axis: uPlot.Axis
  bands?: uPlot.Band[]
  hooks?: uPlot.Hooks.Arrays
  padding?: uPlot.Padding
  cursorY?: boolean
}

interface Held {
  plot: uPlot
  signature: string
  range: TimeRange
  marks: readonly Mark[]
  observer: ResizeObserver
}

const charts = new WeakMap<HTMLElement, Held>()

/** Draws into `host`, which has to have a size. */
export function drawChart(
  host: HTMLElement,
  { data: { range }, zoom, marks }: PanelContext,
  chart: Chart,
): uPlot {
  const held = charts.get(host)
  const signature = `${chart.signature} ${theme()}`
  if (held !== undefined && held.signature === signature) {
    held.range = range
    held.marks = marks
    held.plot.setData(chart.data)
    return held.plot
  }
  held?.plot.destroy()
  held?.observer.disconnect()
  const next = { signature, range, marks } as Held
  const colors = themeColors()
  const { width, height } = sizeOf(host)
  const hooks = chart.hooks ?? {}
  next.plot = new uPlot(
    {
      width,
      height,
      padding: chart.padding ?? [8, 10, 0, 0],
      legend: { show: false },
      series: [{}, ...chart.series],
      scales: {
        x: { time: true, range: () => [next.range.from / 1000, next.range.to / 1000] },
        ...chart.scales,
      },
      axes: [timeAxis(colors), { ...axisLook(colors), ...chart.axis }],
      ...(chart.bands && { bands: chart.bands }),
      cursor: {
        y: chart.cursorY ?? true,
        drag: { x: true, y: false, setScale: false },
        sync: { key: 'dashboard', scales: ['x', null] },
        points: { size: 6 },
      },
      hooks: {
        ...hooks,
        draw: [...(hooks.draw ?? []), plot => drawMarks(plot, next.marks)],
        setSelect: [
          plot => {
            const { left, width: selected } = plot.select
            if (selected < 4) return
            zoom(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + selected, 'x') * 1000)
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          },
        ],
      },
    },
    chart.data,
    host,
  )
  next.observer = new ResizeObserver(() => {
    const size = sizeOf(host)
    if (!host.isConnected) return
    if (size.width !== next.plot.width || size.height !== next.plot.height) next.plot.setSize(size)
  })
  next.observer.observe(host)
  charts.set(host, next)
  return next.plot
}

function sizeOf(host: HTMLElement): { width: number; height: number } {
  return { width: Math.max(60, host.clientWidth), height: Math.max(40, host.clientHeight) }
}

const theme = () => document.documentElement.dataset.theme ?? 'dark'

interface ThemeColors {
  text: string
  grid: string
  background: string
}

export function themeColors(): ThemeColors {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(name).trim()
  return { text: read('--axis'), grid: read('--grid'), background: read('--panel') }
}

export const font = '12px Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'

function axisLook({ text, grid }: ThemeColors): uPlot.Axis {
  return {
    stroke: text,
    font,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    gap: 6,
    size: (plot, values) => {
      if (values === null) return 40
      plot.ctx.font = font
      const widest = Math.max(0, ...values.map(value => plot.ctx.measureText(value ?? '').width))
      return Math.ceil(widest / Math.min(devicePixelRatio, 1)) + 16
    },
  }
}

function timeAxis(colors: ThemeColors): uPlot.Axis {
  const { size: _, ...look } = axisLook(colors)
  return {
    ...look,
    size: 26,
    space: 70,
    values: (_plot, times, _axis, _space, step) => times.map(at => timeText(at, step)),
  }
}

/** As much of the time as tells two ticks apart. */
function timeText(seconds: number, step: number): string {
  const date = new Date(seconds * 1000)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${two(date.getMonth() + 1)}/${two(date.getDate())}`
  if (step >= 86_400) return day
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (step < 60) return `${clock}:${two(date.getSeconds())}`
  return step >= 21_600 ? `${day} ${clock}` : clock
}

function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const { from, to, color } of marks) {
    const left = plot.valToPos(from / 1000, 'x', true)
    const right = plot.valToPos(to / 1000, 'x', true)
    if (right < bbox.left || left > bbox.left + bbox.width) continue
    if (right - left > 2) {
      ctx.fillStyle = withOpacity(color, 0.09)
      ctx.fillRect(left, bbox.top, right - left, bbox.height)
    }
    ctx.strokeStyle = color
    ctx.setLineDash([4, 4])
    ctx.beginPath()
    for (const at of right - left > 2 ? [left, right] : [left]) {
      ctx.moveTo(at, bbox.top)
      ctx.lineTo(at, bbox.top + bbox.height)
    }
    ctx.stroke()
  }
  ctx.restore()
}
