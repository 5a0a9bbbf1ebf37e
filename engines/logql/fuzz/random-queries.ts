/** Random queries over random lines, nearly all of them valid. */

import { quote } from '../../go/strings.ts'
import type { Random } from '../../random.ts'

export function randomLogQuery(random: Random): string {
  return `${randomSelector(random)}${randomStages(random, random.below(5))}`
}

export function randomMetricQuery(random: Random, depth = 2): string {
  if (depth === 0 || random.chance(0.3)) return randomRange(random)
  const inner = () => randomMetricQuery(random, depth - 1)
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2: {
      const operator = random.pick(['sum', 'avg', 'count', 'max', 'min', 'stddev', 'stdvar'])
      return `${operator}${randomGrouping(random)}(${inner()})`
    }
    case 3:
      return `${random.pick(['topk', 'bottomk'])}${randomGrouping(random)}(${1 + random.below(3)}, ${inner()})`
    case 4:
      return `(${inner()} ${random.pick(arithmetic)} ${random.pick(['2', '0', '0.5', '-1'])})`
    case 5:
      return `(${inner()} ${random.pick(comparisons)}${random.chance(0.3) ? ' bool' : ''} ${random.pick(['1', '0', '2'])})`
    case 6: {
      const labels = random.some(['app', 'level', 'env'], 0.5)
      const aggregate = () => `sum by (${labels.join(', ')}) (${randomRange(random)})`
      const operator = random.pick([...arithmetic, ...comparisons, 'and', 'or', 'unless'])
      return `(${aggregate()} ${operator} ${aggregate()})`
    }
    default:
      return `label_replace(${inner()}, "new", "$1-x", ${quote(random.pick(['app', 'level', 'none']))}, "(.)(.*)")`
  }
}

const arithmetic = ['+', '-', '*', '/', '%', '^']
const comparisons = ['==', '!=', '>', '>=', '<', '<=']
const labels = [
  'app',
  'level',
  'env',
  'status',
  'method',
  'msg',
  'took',
  'size',
  'ip',
  'user_id',
  'trace_id',
  'path',
  'pod',
  'none',
]
const values = ['shop', 'info', 'error', 'prod', '200', '404', 'GET', 'order', '', 'foo.bar', 'Error', '日本']
const patterns = [
  '.+',
  '.*',
  'e.*',
  'shop|worker',
  'info|infra',
  '(?i)ERROR',
  '[0-9]+',
  '4..',
  'foo.bar',
  'error|',
  'GET|POST',
  '^a',
  'order.*',
  'warn|warning',
  'x?',
]

function randomSelector(random: Random): string {
  const matchers = [random.pick(['app=~".+"', 'app="shop"', 'app=~"shop|worker"', 'app!=""', 'app=~"s.*"'])]
  if (random.chance(0.2))
    matchers.push(random.pick(['env="prod"', 'env!="prod"', 'env=""', 'level=~"e.*"', 'level!~"i.+"']))
  return `{${matchers.join(', ')}}`
}

function randomStages(random: Random, count: number): string {
  return Array.from({ length: count }, () => ` ${randomStage(random)}`).join('')
}

function randomStage(random: Random): string {
  switch (random.below(16)) {
    case 0:
    case 1:
      return randomLineFilter(random)
    case 2:
    case 3:
      return '| json'
    case 4:
      return `| logfmt${random.pick(['', '', ' --strict', ' --keep-empty'])}`
    case 5:
      return random.pick([
        '| json took="took", id="user.id"',
        '| json first="tags[0]", deep="user.deep.er"',
        '| json x="user[\\"na me\\"]", status',
        '| json obj="user", a="tags[2].a"',
        '| json level="level"',
      ])
    case 6:
      return random.pick([
        '| logfmt took="took", lvl="level"',
        '| logfmt status, msg',
        '| logfmt --strict level',
        '| logfmt app="app"',
      ])
    case 7:
      return random.pick([
        '| pattern "<ip> - <method> <path> <status> <took>"',
        '| pattern "<_> - <method> <_>"',
        '| regexp "(?P<method>GET|POST) (?P<path>\\\\S+) (?P<status>\\\\d+)"',
        '| regexp "(?P<first>\\\\w+)"',
        '| unpack',
      ])
    case 8:
      return randomFormat(random)
    case 9:
      return `| ${random.pick(['drop', 'keep'])} ${random
        .some([...labels, 'level="info"', 'app=~"s.*"', '__error__', '__error_details__'], 0.15)
        .concat('app')
        .join(', ')}`
    case 10:
      return random.pick(['| decolorize', '| __error__=""', '| __error__!=""', '| __error__="JSONParserErr"'])
    default:
      return `| ${randomLabelFilter(random, 2)}`
  }
}

function randomLineFilter(random: Random): string {
  const operator = random.pick(['|=', '|=', '!=', '|~', '!~', '|>', '!>'])
  if (operator.endsWith('=') && random.chance(0.15)) return `${operator} ip("${random.pick(ips)}")`
  const texts =
    operator[1] === '~'
      ? patterns
      : operator[1] === '>'
        ? ['<_>order<_>', '<_>status=<_> <_>', 'order', '<_>', '{<_>}', '<_> - <_>']
        : ['order', 'status', 'level', '"', '', 'info', '日本', 'foo']
  const first = quote(random.pick(texts))
  return `${operator} ${first}${random.chance(0.25) ? ` or ${quote(random.pick(texts))}` : ''}`
}

const ips = ['10.0.0.0/8', '192.168.4.1-192.168.4.9', '::1', '10.0.0.7', '2001:db8::/32']

function randomLabelFilter(random: Random, depth: number): string {
  if (depth > 0 && random.chance(0.25)) {
    const [left, right] = [randomLabelFilter(random, depth - 1), randomLabelFilter(random, depth - 1)]
    return `(${left} ${random.pick(['and', 'or', ','])} ${right})`
  }
  const label = random.pick(labels)
  switch (random.below(6)) {
    case 0:
      return `status${random.pick(comparisons)}${random.pick(['200', '404', '1', '2.5', '-3'])}`
    case 1:
      return `took${random.pick(comparisons)}${random.pick(['1s', '250ms', '1m30s'])}`
    case 2:
      return `size${random.pick(comparisons)}${random.pick(['1KB', '10B', '2MiB'])}`
    case 3:
      return `ip${random.pick(['=', '!='])}ip("${random.pick(ips)}")`
    case 4:
      return `${label}${random.pick(['=~', '!~'])}${quote(random.pick(patterns))}`
    default:
      return `${label}${random.pick(['=', '!='])}${quote(random.pick(values))}`
  }
}

const templates = [
  '{{.msg}}',
  '{{.level | ToUpper}} {{.none}} {{.status}}',
  '{{ __line__ | lower }}',
  '{{if .level}}{{.level}}{{else}}-{{end}}:{{.app}}',
  '{{ .status | int | add 1 }} {{ div 7 2 }} {{ mulf .status 2 }}',
  '{{ trunc 3 .msg }}|{{ alignLeft 6 .app }}|{{ alignRight 4 .level }}|',
  '{{ .msg | replace "o" "0" | trimAll "fb" }} {{ contains "o" .msg }} {{ hasPrefix "f" .msg }}',
  '{{ regexReplaceAll "([a-z])([a-z])" .msg "${2}$1" }} {{ count "o" .msg }}',
  '{{ default "none" .method }} {{ len .msg }} {{ substr 0 2 .level }}',
  '{{ .msg | b64enc }} {{ .msg | urlencode }} {{ printf "%q %5s" .msg .level }}',
  '{{ range $k, $v := (fromJson __line__) }}{{$k}};{{end}}',
  '{{ __timestamp__ | date "2006-01-02T15:04:05.000Z07:00" }} {{ __timestamp__ | unixEpoch }}',
  '{{ .took | duration }} {{ .size | bytes }}',
  '{{ floor .status }} {{ ceil 1.2 }} {{ round 2.345 2 }} {{ maxf 1 .status }} {{ min 3 .status }}',
  '{{ eq .level "info" }} {{ and .level .app }} {{ not .none }} {{ title .msg }}',
]

function randomFormat(random: Random): string {
  if (random.chance(0.5)) return `| line_format ${quote(random.pick(templates))}`
  const formats = [
    `new=${quote(random.pick(templates))}`,
    `renamed=${random.pick(labels)}`,
    `app=${quote('{{.level}}-{{.app}}')}`,
    'level=status',
  ]
  const chosen = random.some(formats, 0.4)
  return `| label_format ${(chosen.length === 0 ? [formats[0]!] : chosen).join(', ')}`
}

function randomRange(random: Random): string {
  const stages = random.below(3)
  const logs = `${randomSelector(random)}${randomStages(random, stages)}`
  const noErrors = random.chance(0.7) ? ' | __error__=""' : ''
  const range = `[${random.pick(['30s', '1m', '5m', '10m'])}]${random.chance(0.15) ? ' offset 1m' : ''}`
  if (random.chance(0.45)) {
    const operator = random.pick([
      'count_over_time',
      'rate',
      'bytes_over_time',
      'bytes_rate',
      'absent_over_time',
    ])
    return `${operator}(${logs}${noErrors} ${range})`
  }
  const parser = random.pick(['| json', '| logfmt', '| logfmt', '| json | status=~".+"'])
  const unwrap = random.pick(['status', 'duration(took)', 'bytes(size)', 'duration_seconds(took)', 'status'])
  const values = `${logs} ${parser} | unwrap ${unwrap}${noErrors} ${range}`
  const operator = random.pick(unwrapped)
  if (operator === 'quantile_over_time')
    return `quantile_over_time(${random.pick(['0.5', '0.99', '0', '1'])}, ${values})${randomRangeGrouping(random)}`
  return `${operator}(${values})${grouped.has(operator) ? randomRangeGrouping(random) : ''}`
}

const grouped = new Set([
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'first_over_time',
  'last_over_time',
])
const unwrapped = [
  ...grouped,
  'sum_over_time',
  'rate',
  'rate_counter',
  'quantile_over_time',
  'sum_over_time',
  'absent_over_time',
]

const randomGrouping = (random: Random) =>
  random.chance(0.3) ? '' : ` ${random.pick(['by', 'without'])} (${random.some(labels, 0.15).join(', ')}) `

const randomRangeGrouping = (random: Random) =>
  random.chance(0.4) ? '' : ` ${random.pick(['by', 'without'])} (${random.some(labels, 0.15).join(', ')})`
