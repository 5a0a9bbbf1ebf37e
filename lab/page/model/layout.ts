/** Where panels stand: Grafana's grid of 24 columns, with rows that close over what is below them. */
import type { Panel } from './dashboard.ts'

interface Placed {
  panel: Panel
  x: number
  y: number
  w: number
  h: number
}

/** A row owns the panels up to the next row; those of a closed one are left out and what follows moves up. */
export function layout(panels: readonly Panel[], isClosed: (row: Panel) => boolean): Placed[] {
  const all = panels.flatMap(panel =>
    panel.type === 'row' && panel.panels?.length ? [panel, ...panel.panels] : [panel],
  )
  const ordered = all.toSorted((a, b) => place(a).y - place(b).y || place(a).x - place(b).x)
  const placed: Placed[] = []
  let isHidden = false
  let lifted = 0
  let rowEnd = 0
  for (const panel of ordered) {
    const { x, y, w, h } = place(panel)
    if (panel.type === 'row') {
      if (isHidden) lifted += Math.max(0, y - rowEnd)
      isHidden = isClosed(panel)
      rowEnd = y + h
    } else if (isHidden) continue
    placed.push({ panel, x, y: y - lifted, w, h })
  }
  return placed
}

const place = ({ gridPos, type }: Panel) =>
  gridPos ?? { x: 0, y: 0, w: type === 'row' ? 24 : 12, h: type === 'row' ? 1 : 8 }
