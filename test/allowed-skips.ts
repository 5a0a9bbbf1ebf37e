/**
 * What may be skipped where the gate is strict, in CI and with `npm run ok -- --strict`. A test says why it is skipped
 * in its title or in that of a suite around it, as `promtool (skipped: no promtool in PATH)` does.
 */
export interface AllowedSkip {
  reason: RegExp
  /** Why a machine with Debian's servers cannot run it. */
  because: string
}

export const allowedSkips: readonly AllowedSkip[] = [
  {
    reason: /\b(otelcol-contrib|loki|tempo)\b/,
    because: 'Debian has no package of the collector, Loki or Tempo',
  },
  {
    reason: /\bdocker\b/i,
    because: 'a CI job that is itself a container has no Docker engine, nor the images of the stack',
  },
  {
    reason: /\bPROMQL_CORPUS\b/,
    because: "Prometheus' own test files are under its licence and are not copied here",
  },
]
