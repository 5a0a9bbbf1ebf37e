/** Strings and label sets as Go writes them in messages. */

import type { Labels } from '../labels.ts'

export const quoted = (text: string): string => JSON.stringify(text)

/** `{__name__="x", job="y"}`, as error messages of Prometheus name a series. */
export function braced(labels: Labels): string {
  return `{${[...labels].map(([label, value]) => `${label}=${quoted(value)}`).join(', ')}}`
}
