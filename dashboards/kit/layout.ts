/** Flows panels over Grafana's grid: left to right, then the next line under the tallest of this one. */
import { panelId } from '../../contract/links.ts'
import type { Panel } from './model.ts'

export const gridColumns = 24

export interface GridPosition {
  x: number
  y: number
  w: number
  h: number
}

const usual: Record<Panel['type'], { w: number; h: number }> = {
  timeseries: { w: 8, h: 8 },
  stat: { w: 4, h: 4 },
  bargauge: { w: 8, h: 8 },
  heatmap: { w: 12, h: 9 },
  'state-timeline': { w: 24, h: 8 },
  table: { w: 12, h: 9 },
  logs: { w: 24, h: 11 },
  traces: { w: 24, h: 16 },
  nodeGraph: { w: 12, h: 11 },
  text: { w: 24, h: 4 },
}

export function sizeOf(panel: Panel): { w: number; h: number } {
  return { w: panel.width ?? usual[panel.type].w, h: panel.height ?? usual[panel.type].h }
}

/** Positions of the panels of a row from `top` on, and where the next row may start. */
export function flow(panels: readonly Panel[], top: number): { positions: GridPosition[]; bottom: number } {
  const positions: GridPosition[] = []
  let x = 0
  let y = top
  let lineHeight = 0
  for (const panel of panels) {
    const { w, h } = sizeOf(panel)
    if (x > 0 && x + w > gridColumns) {
      x = 0
      y += lineHeight
      lineHeight = 0
    }
    positions.push({ x, y, w, h })
    x += w
    lineHeight = Math.max(lineHeight, h)
  }
  return { positions, bottom: y + lineHeight }
}

/** The id the definition gives, or the one of its title. */
export function panelIdOf({ id, title }: Pick<Panel, 'title' | 'id'>): number {
  return id ?? panelId(title)
}

/** The header of a row is a panel of its own; its title may also be the title of a panel in it. */
export function rowId(title: string): number {
  return panelId(`row: ${title}`)
}
