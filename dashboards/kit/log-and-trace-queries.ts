/** LogQL and TraceQL over the contract's log fields and span attributes, narrowed by the dashboard's job. */

import { quote } from '../../contract/expr.ts'
import type { logFields } from '../../otel/signals.ts'

interface LogSelection {
  levels?: readonly string[]
  /** Lines that contain this. */
  text?: string
  /** Lines whose field has this value. */
  field?: readonly [name: keyof typeof logFields, value: string]
  /** Shown after the service and the message, where a line has it and the message does not say it. */
  show?: readonly ShownField[]
}

interface ShownField {
  name: keyof typeof logFields
  unit?: string
  /** The message of a request says its status and duration, so these stand only beside a field such as `queue`. */
  besideOf?: keyof typeof logFields
  /** Left out when it is the same, as the type of an error may be the status. */
  unlessSameAs?: keyof typeof logFields
}

export function logLines({ levels, text, field, show }: LogSelection = {}): string {
  return [
    '{service_name=~"$job"}',
    ...(levels ? [`| detected_level=~${quote(levels.join('|'))}`] : []),
    // An empty value would match every line without the field.
    ...(field ? [`| ${field[0]}!="" | ${field[0]}=${quote(field[1])}`] : []),
    ...(text === undefined ? [] : [`|= ${quote(text)}`]),
    ...(show ? [`| line_format ${quote(`{{.service_name}}: {{__line__}}${show.map(shown).join('')}`)}`] : []),
  ].join(' ')
}

function shown({ name, unit, besideOf, unlessSameAs }: ShownField): string {
  const text = `{{with .${name}}} {{.}}${unit === undefined ? '' : ` ${unit}`}{{end}}`
  if (besideOf !== undefined) return `{{if .${besideOf}}}${text}{{end}}`
  return unlessSameAs === undefined ? text : `{{if ne .${name} .${unlessSameAs}}}${text}{{end}}`
}

export function linesPerLevel(selection: LogSelection = {}): string {
  return `sum by (detected_level) (count_over_time(${logLines(selection)} [$__auto]))`
}

interface SpanSelection {
  status?: 'error' | 'ok'
  kind?: 'server' | 'client' | 'consumer' | 'producer' | 'internal'
  /** A duration such as `300ms`. */
  slowerThan?: string
}

/** The newest; without the hint Tempo stops at the first it finds. */
export function spans({ status, kind, slowerThan }: SpanSelection): string {
  const conditions = [
    'resource.service.name=~"$job"',
    ...(status ? [`status=${status}`] : []),
    ...(kind ? [`kind=${kind}`] : []),
    ...(slowerThan ? [`duration>${slowerThan}`] : []),
  ]
  return `{ ${conditions.join(' && ')} } with (most_recent=true)`
}
