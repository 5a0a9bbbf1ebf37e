/** Meanings, not hues: a panel says how bad something is, and all dashboards agree on its colour. */
import type { Colour } from '../model.ts'

export const colours: Record<Colour, string> = {
  good: 'green',
  notice: 'yellow',
  warning: 'orange',
  bad: 'red',
  neutral: 'blue',
  muted: '#8e8e8e',
  accent: 'purple',
}
