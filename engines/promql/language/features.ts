/** Experiments of Prometheus, by the names that its --enable-feature takes. */
export const allFeatures = [
  'promql-experimental-functions',
  'promql-binop-fill-modifiers',
  'promql-extended-range-selectors',
] as const

export type Feature = (typeof allFeatures)[number]
