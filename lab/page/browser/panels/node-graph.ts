/** Services and who calls whom, with requests per second, mean time and the share that failed. */
import { type Edge, type Node, nodesOf } from '../../model/service-graph.ts'
import { formatValue } from '../../model/units.ts'
import { svg } from '../dom.ts'
import { type PanelContext, sayNothing } from './panel.ts'

const radius = 38

export function nodeGraph(context: PanelContext): void {
  const { body, data } = context
  const { edges } = data
  if (edges.length === 0) {
    sayNothing(context)
    return
  }
  const nodes = nodesOf(edges)
  const columns = Math.max(...nodes.map(({ column }) => column)) + 1
  const rows = Math.max(...nodes.map(({ row }) => row)) + 1
  const width = Math.max(body.clientWidth, columns * 130)
  const height = Math.max(body.clientHeight - 4, rows * 124)
  const inColumn = (column: number) => nodes.filter(node => node.column === column).length
  const at = ({ column, row }: Node) => ({
    x: ((column + 0.5) / columns) * width,
    y: ((row + 0.5) / inColumn(column)) * height - 8,
  })
  const place = new Map(nodes.map(node => [node.name, at(node)]))
  body.replaceChildren(
    svg(
      'svg',
      { class: 'graph', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': inWords(edges) },
      svg(
        'defs',
        {},
        svg(
          'marker',
          {
            id: 'arrow',
            viewBox: '0 0 8 8',
            refX: 7,
            refY: 4,
            markerWidth: 8,
            markerHeight: 8,
            orient: 'auto',
          },
          svg('path', { d: 'M0 0 8 4 0 8z', class: 'arrow' }),
        ),
      ),
      ...edges.map(edge => line(edge, place.get(edge.from)!, place.get(edge.to)!)),
      ...nodes.map(node => circle(node, place.get(node.name)!)),
    ),
  )
}

interface Point {
  x: number
  y: number
}

function line({ from, to, rate, failed }: Edge, a: Point, b: Point): SVGElement | undefined {
  if (from === to) return undefined
  const length = Math.hypot(b.x - a.x, b.y - a.y)
  const [dx, dy] = [(b.x - a.x) / length, (b.y - a.y) / length]
  const [x1, y1] = [a.x + dx * (radius + 4), a.y + dy * (radius + 4)]
  const [x2, y2] = [b.x - dx * (radius + 6), b.y - dy * (radius + 6)]
  return svg(
    'g',
    { class: failed > 0 ? 'edge failed' : 'edge' },
    svg('path', { d: `M${x1} ${y1} L${x2} ${y2}`, 'marker-end': 'url(#arrow)' }),
    svg(
      'text',
      { x: x1 + (x2 - x1) * 0.3, y: y1 + (y2 - y1) * 0.3 - 6, 'text-anchor': 'middle' },
      formatValue(rate, 'reqps'),
    ),
  )
}

/** The rim is red for the share of requests that failed. */
function circle({ name, rate, failed, seconds }: Node, { x, y }: Point): SVGElement {
  const round = 2 * Math.PI * radius
  const share = rate > 0 ? Math.min(1, failed / rate) : 0
  return svg(
    'g',
    { class: 'node' },
    svg('circle', { cx: x, cy: y, r: radius, class: 'well' }),
    share > 0 &&
      svg('circle', {
        cx: x,
        cy: y,
        r: radius,
        class: 'failed',
        'stroke-dasharray': `${Math.max(2, share * round)} ${round}`,
        transform: `rotate(-90 ${x} ${y})`,
      }),
    svg(
      'text',
      { x, y: y - 2, 'text-anchor': 'middle', class: 'figure' },
      seconds === undefined ? '' : formatValue(seconds, 's'),
    ),
    svg(
      'text',
      { x, y: y + 12, 'text-anchor': 'middle', class: 'figure' },
      rate > 0 ? formatValue(rate, 'reqps') : '',
    ),
    svg('text', { x, y: y + radius + 16, 'text-anchor': 'middle', class: 'name' }, name),
  )
}

const inWords = (edges: readonly Edge[]) =>
  edges.map(({ from, to, rate }) => `${from} calls ${to}, ${formatValue(rate, 'reqps')}`).join('; ')
