/** Random series and rule files for tests; the rules are such that none of them fails. */

import { type Labels, labelsOf } from '../../labels.ts'

export interface Generated {
  /** By notation of a series; undefined is a gap, 'stale' the mark of an end. */
  series: Map<string, (number | 'stale' | undefined)[]>
  yaml: string
}

type Random = () => number

const pick = <T>(random: Random, choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!

interface Kind {
  /** Fields that Prometheus 2.42 doesn't know. */
  isVersion3: boolean
  /** Groups with intervals of their own. */
  hasIntervals: boolean
  /** How often a series jumps, comes or goes: 1, unless given, is at every other step; less leaves it wavering a little. */
  pace?: number
}

export function generateGroups(random: Random, steps: number, kind: Kind): Generated {
  const series = new Map<string, (number | 'stale' | undefined)[]>()
  for (const id of ['a', 'b', 'c']) {
    series.set(`x{i="${id}"}`, gauge(random, steps, kind.pace ?? 1))
    if (random() < 0.7) series.set(`c{i="${id}", host="h${id}:80"}`, counter(random, steps))
  }
  const groups = Array.from({ length: 1 + Math.floor(random() * 2) }, (_, index) =>
    group(random, index, kind),
  )
  return { series, yaml: `groups:\n${groups.join('')}` }
}

export function labelsIn(notation: string): Labels {
  const pairs = [...notation.matchAll(/(\w+)="([^"]*)"/g)].map(match => [match[1]!, match[2]!] as const)
  return labelsOf([['__name__', notation.split('{')[0]!], ...pairs])
}

function gauge(random: Random, steps: number, pace: number): (number | 'stale' | undefined)[] {
  let value = random() * 10
  let isOff = false
  return Array.from({ length: steps }, () => {
    const change = random()
    if (isOff) isOff = change < 1 - 0.3 * pace
    else if (change < 0.06 * pace) {
      isOff = true
      return 'stale'
    } else if (change < 0.1 * pace) isOff = true
    if (change > 1 - 0.4 * pace) value = Math.round(random() * 100) / 10
    else if (change > 0.6) value = Math.round(value * 10 + random() * 2 - 1) / 10
    return isOff ? undefined : value
  })
}

function counter(random: Random, steps: number): (number | 'stale' | undefined)[] {
  let value = 0
  return Array.from({ length: steps }, () => {
    value = random() < 0.05 ? 0 : value + Math.round(random() * 500) / 7
    return random() < 0.05 ? undefined : value
  })
}

/** Later groups and rules may read earlier ones, and some read themselves or later ones. */
function group(random: Random, index: number, { isVersion3, hasIntervals }: Kind): string {
  const lines = [`  - name: g${index}`]
  if (isVersion3 && random() < 0.3) lines.push(`    labels: {team: t${index}}`)
  if (isVersion3 && random() < 0.2) lines.push(`    query_offset: ${pick(random, ['1m', '30s', '2m'])}`)
  if (hasIntervals && random() < 0.5) lines.push(`    interval: ${pick(random, ['1m', '2m', '3m', '30s'])}`)
  lines.push('    rules:')
  const count = 1 + Math.floor(random() * 6)
  for (let number = 0; number < count; number++)
    lines.push(
      ...(random() < 0.6
        ? recording(random, `r${index}${number}`, isVersion3)
        : alerting(random, `A${index}${number}`, isVersion3)),
    )
  return `${lines.join('\n')}\n`
}

/** One element per label `i`, so that any of them can be combined. Prometheus 2 rounds rates and averages otherwise. */
function expression(random: Random, own: string, isVersion3: boolean): string {
  const name = () => pick(random, ['x', 'x', 'c', 'r00', 'r01', 'r02', 'r03', 'r10', 'r11', own])
  const choices = [
    () => `max by (i) (${name()})`,
    () => `sum by (i) (${isVersion3 ? 'rate' : 'changes'}(c[${pick(random, ['2m', '5m', '90s'])}]))`,
    () => `max by (i) (${isVersion3 ? 'avg' : 'min'}_over_time(${name()}[3m]))`,
    () => `max by (i) (${name()}) + on (i) max by (i) (${name()})`,
    () => `max by (i) (${name()} offset ${pick(random, ['1m', '3m', '-1m', '30s'])})`,
    () => `max by (i) (max_over_time(sum by (i) (${name()})[4m:1m]))`,
    () => `max by (i) (${own} offset 1m) + 1 or max by (i) (x) * 0`,
    () => `count by (i) ({__name__=~"${pick(random, ['r.*', 'x|c', 'r0[01]'])}"})`,
    () => `count by (i) (ALERTS{alertstate="${pick(random, ['pending', 'firing'])}"})`,
    () => `absent(x{i="${pick(random, ['a', 'b'])}"})`,
    () => 'vector(time())',
    () => `vector(scalar(max(${name()})))`,
    () => `max by (i) (${name()}) > ${pick(random, ['3', '5', '20'])}`,
    () => `max by (i) (${name()} @ ${pick(random, ['120', '600'])})`,
    () => `histogram_quantile(0.5, label_replace(max by (i) (x), "le", "+Inf", "", ""))`,
  ]
  return pick(random, choices)()
}

function recording(random: Random, name: string, isVersion3: boolean): string[] {
  // Rules of one name, told apart by a label, are common.
  const isShared = random() < 0.2
  const labels = [
    isShared ? `part: p${name}` : '',
    random() < 0.2 ? 'i: ""' : '',
    random() < 0.2 ? 'k: v' : '',
  ]
  const expr =
    labels[1] === '' ? expression(random, name, isVersion3) : `max(${expression(random, name, isVersion3)})`
  return [
    `      - record: ${isShared ? 'r00' : name}`,
    `        expr: ${JSON.stringify(expr)}`,
    `        labels: {${labels.filter(Boolean).join(', ')}}`,
  ]
}

const annotations = [
  '{{ $value }} {{ .Value | humanize }} {{ humanize1024 .Value }} {{ humanizePercentage $value }}',
  '{{ printf "%.2f|%5.1f|%-8s|%q|%e|%g|%v|%08.3f|%+d|%x" $value .Value $labels.i .Labels.i $value .Value $value $value 3 255 }}',
  '{{ with query "max(x)" }}{{ range . }}{{ .Labels.i }}={{ .Value | printf "%.3g" }};{{ end }}{{ else }}none{{ end }}',
  '{{ if gt $value 5.0 }}high{{ else if ge $value 2.0 }}mid{{ else }}low{{ end }}',
  '{{ $labels.missing }}|{{ len $labels }}|{{ $labels.i | toUpper }}|{{ title "the quick-brown fox_jumps" }}',
  '{{ range $k, $v := $labels }}{{ $k }}:{{ $v }},{{ end }}',
  '{{ reReplaceAll "(.)[0-9]+" "<$1>" "a12b3" }} {{ match "a.c" "xabcx" }} {{ stripPort "h:80" }} {{ stripDomain "a.b.c:80" }}',
  '{{ humanizeDuration $value }} {{ humanizeDuration 93784.5 }} {{ humanizeTimestamp 1.7e9 }} {{ parseDuration "1h30m" }}',
  '{{- /* note */ -}} a {{- " b " -}} c {{ $x := 3 }}{{ $x = 4 }}{{ $x }} {{ and 1 0 }} {{ or "" "d" }} {{ not true }}',
  '{{ index $labels "i" }} {{ eq $labels.i "a" "b" }} {{ ne 1 2 }} {{ lt 1 2 }} {{ printf "%d %s" $value $value }} {{ args 1 "b" }}',
  '{{ with $labels.nope }}yes{{ else }}no{{ end }} {{ $externalLabels.region }} {{ $externalURL }} {{ print 1 2 "a" 3.5 }}',
  '{{ (index (query "sort_desc(max by (i) (x)) or vector(7)") 0).Value | printf "%.1f" }} {{ query "vector(1)" | first | value }}',
  '{{ range sortByLabel "i" (query "max by (i) (x)") }}{{ label "i" . }} {{ end }}{{ toTime 1e9 }} {{ 1e6 }} {{ 123456.789 }} {{ 0.00001 }}',
]

function alerting(random: Random, name: string, isVersion3: boolean): string[] {
  const labels = ['severity: page']
  if (random() < 0.3) labels.push(`step: '{{ if gt $value 5.0 }}high{{ else }}low{{ end }}'`)
  if (random() < 0.2) labels.push(`gone: '{{ $labels.missing }}'`)
  if (random() < 0.2) labels.push(`i: 'i-{{ $labels.i }}'`)
  const texts = [pick(random, annotations), pick(random, annotations)]
  return [
    `      - alert: ${name}`,
    `        expr: ${JSON.stringify(`(${expression(random, 'x', isVersion3)}) > ${pick(random, ['1', '4', '8'])}`)}`,
    ...(random() < 0.7 ? [`        for: ${pick(random, ['1m', '2m', '3m', '30s', '5m', '12m'])}`] : []),
    ...(random() < 0.4 ? [`        keep_firing_for: ${pick(random, ['1m', '2m', '90s', '7m'])}`] : []),
    `        labels: {${labels.join(', ')}}`,
    '        annotations:',
    ...texts.map((text, index) => `          n${index}: ${JSON.stringify(text)}`),
  ]
}
