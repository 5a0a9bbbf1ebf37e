/** Expectations are what promtool 3.5.3 wrote for the same templates. */

import { describe, expect, test } from 'vitest'
import type { Sample } from '../../go/template/format.ts'
import { strings } from '../../go/template/template.ts'
import { expandTemplate, parseTemplate } from './template.ts'

const samples: Sample[] = [
  { Labels: strings([['job', 'b']]), Value: 3.25 },
  { Labels: strings([['job', 'a']]), Value: 2 },
]

function expand(text: string, value = 12345.678): string {
  return expandTemplate(parseTemplate(text), {
    labels: [['job', 'api-server:8080']],
    value,
    externalLabels: { region: 'eu' },
    externalUrl: 'http://h/p/q',
    query: query => (query === 'none' ? [] : [...samples]),
  })
}

describe('Numbers', () => {
  test.each([
    [0, '0 0 0% 0s'],
    [-1.5, '-1.5 -1.5 -150% -1.5s'],
    [0.000123456, '123.5u 0.0001235 0.01235% 123.5us'],
    [12345.678, '12.35k 12.06ki 1.235e+06% 3h 25m 45s'],
    [12345, '12.35k 12.06ki 1.234e+06% 3h 25m 45s'],
    [93784.5, '93.78k 91.59ki 9.378e+06% 1d 2h 3m 4s'],
    [1e21, '1Z 867.4Ei 1e+23%'],
    [Number.NaN, 'NaN NaN NaN% NaN'],
    [Number.POSITIVE_INFINITY, '+Inf +Inf +Inf% +Inf'],
  ])('%d for people', (value, expected) => {
    expect(
      expand(
        '{{ humanize $value }} {{ humanize1024 $value }} {{ humanizePercentage $value }} {{ humanizeDuration $value }}',
        value,
      ),
    ).toContain(expected)
  })

  test.each([
    [
      '{{ $value }} {{ .Value | printf "%.1f" }} {{ printf "%d" $value }}',
      '12345.678 12345.7 %!d(float64=12345.678)',
    ],
    ['{{ printf "%.0f %.0f %.0f" 0.5 1.5 2.5 }}', '0 2 2'],
    [
      '{{ printf "%g %e %10.2f|%-10.2f|%010.2f|%+.2f" $value $value $value $value $value $value }}',
      '12345.678 1.234568e+04   12345.68|12345.68  |0012345.68|+12345.68',
    ],
    ['{{ printf "%5d|%-5d|%05d|%+d|%x|%q" 42 42 42 42 255 65 }}', "   42|42   |00042|+42|ff|'A'"],
    ['{{ printf "%s %q %10s|%.2s" "ab" "a\\"b" "ab" "abcdef" }}', 'ab "a\\"b"         ab|ab'],
    [
      '{{ printf "%s" }} {{ printf "%d %d" 1 }} {{ printf "x" 1 "y" }} {{ printf "100%%" }}',
      '%!s(MISSING) 1 %!d(MISSING) x%!(EXTRA int=1, string=y) 100%',
    ],
    [
      "{{ 1e6 }} {{ 1e5 }} {{ 0.00001 }} {{ 0x1F }} {{ 017 }} {{ 1_000 }} {{ -5 }} {{ 'a' }}",
      '1e+06 100000 1e-05 31 15 1000 -5 97',
    ],
    [
      '{{ humanizeTimestamp 1500000000.120 }} {{ toTime 1.5e9 }} {{ parseDuration "1h30m" }}',
      '2017-07-14 02:40:00.12 +0000 UTC 2017-07-14 02:40:00 +0000 UTC 5400',
    ],
  ])('%s', (text, expected) => {
    expect(expand(text)).toBe(expected)
  })
})

describe('Labels and texts', () => {
  test.each([
    [
      '{{ $labels.job }} {{ .Labels.job }} {{ $.Labels.job }} {{ $labels.missing }}|',
      'api-server:8080 api-server:8080 api-server:8080 |',
    ],
    ['{{ $externalLabels.region }} {{ $externalURL }} {{ pathPrefix }}', 'eu http://h/p/q /p/q'],
    [
      '{{ $labels }} {{ . }}',
      'map[job:api-server:8080] {map[job:api-server:8080] map[region:eu] http://h/p/q 12345.678}',
    ],
    ['{{ title "hello foo-bar foo_bar it\'s 5xx mIxEd a.b" }}', "Hello Foo-Bar Foo_bar It's 5Xx MIxEd A.b"],
    ['{{ toUpper "abc é ß" }} {{ toLower "ÀB" }}', 'ABC É ß àb'],
    [
      '{{ stripPort $labels.job }} {{ stripPort "[::1]:80" }} {{ stripDomain "a.b.c:90" }} {{ stripDomain "1.2.3.4:5" }}',
      'api-server ::1 a:90 1.2.3.4:5',
    ],
    [
      '{{ reReplaceAll "([a-z]+)-([a-z]+)" "$2-$1" $labels.job }} {{ reReplaceAll "a*" "x" "baac" }}',
      'server-api:8080 xbxcx',
    ],
    [
      '{{ match "^api" $labels.job }} {{ match "(?i)API" $labels.job }} {{ match "API" $labels.job }}',
      'true true false',
    ],
    ['{{ urlquery "a b&c/d?é" }} {{ safeHtml "<b>" }}', 'a+b%26c%2Fd%3F%C3%A9 <b>'],
    [
      '{{ print "a" "b" 1 2 "c" 3.5 true }} {{ len "abcé" }} {{ index $labels "job" }}',
      'ab1 2c3.5 true 5 api-server:8080',
    ],
    ['{{- " a " -}}  b  {{- /* note */ -}}  d', ' a bd'],
  ])('%s', (text, expected) => {
    expect(expand(text)).toBe(expected)
  })
})

describe('Control', () => {
  test.each([
    [
      '{{ if eq $labels.job "x" "api-server:8080" }}y{{ end }}{{ if ne 1 1 }}a{{ else if lt 1 2 }}b{{ else }}c{{ end }}',
      'yb',
    ],
    ['{{ with $labels.missing }}y{{ else with $labels.job }}{{ . }}{{ end }}', 'api-server:8080'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ $y }}{{ end }}{{ $x }}', '32'],
    [
      '{{ range $i, $e := query "m" }}{{ $i }}:{{ $e.Labels.job }}={{ $e.Value }} {{ end }}',
      '0:b=3.25 1:a=2 ',
    ],
    ['{{ range sortByLabel "job" (query "m") }}{{ label "job" . }}{{ end }}', 'ab'],
    ['{{ range query "none" }}x{{ else }}none{{ end }}{{ range 3 }}{{ . }}{{ end }}', 'none012'],
    ['{{ range query "m" }}{{ if eq .Labels.job "a" }}{{ break }}{{ end }}{{ .Labels.job }}{{ end }}', 'b'],
    [
      '{{ query "m" | first | value }} {{ (query "m" | first).Labels.job }} {{ (index (query "m") 1).Value }}',
      '3.25 b 2',
    ],
    [
      '{{ and 1 0 2 }} {{ or 0 "" "z" }} {{ not "" }} {{ le 1.5 1.5 }} {{ ge "b" "a" }}',
      '0 z true true true',
    ],
    ['{{ 1 | printf "%d-%d" 2 }} {{ (args "x" 2).arg1 }}', '2-1 2'],
  ])('%s', (text, expected) => {
    expect(expand(text)).toBe(expected)
  })

  test.each([
    ['{{ if gt $value 1 }}x{{ end }}', 'error calling gt: incompatible types for comparison'],
    ['{{ query "none" | first | value }}', 'error calling first: first() called on vector with no elements'],
    ['{{ title $value }}', 'wrong type for value; expected string; got float64'],
    ['{{ $labels.job.x }}', "can't evaluate field x in type string"],
    ['{{ index (query "m") 9 }}', 'index out of range: 9'],
    ['{{ range $value }}{{ end }}', "range can't iterate over 12345.678"],
    [
      '{{ range 99999 }}{{ range 99999 }}x{{ end }}{{ end }}',
      'expected a template that ends, got one that runs on',
    ],
  ])('%s shows its error in place', (text, message) => {
    expect(expand(text)).toMatch(/^<error expanding template: .*>$/)
    expect(expand(text)).toContain(message)
  })
})

test.each([
  ['{{ nope 1 }}', 'function "nope" is not one that rules can use'],
  ['{{ call 1 }}', 'function "call" is not one that rules can use'],
  ['{{ define "x" }}{{ end }}', '{{define}} is not supported in rules'],
  ['{{ template "x" }}', '{{template}} is not supported in rules'],
  ['{{ $nope }}', 'undefined variable "$nope"'],
  ['{{ if true }}', 'expected {{end}}, got the end of the template'],
  ['{{ end }}', 'unexpected {{end}}'],
  ['{{ "abc }}', 'unexpected "\\""'],
  ['{{ $labels.job', 'expected a closing "}}"'],
  ['{{ if }}{{ end }}', 'expected a value, got an empty command'],
  ['{{ break }}', 'unexpected {{break}} outside of {{range}}'],
  [`${'{{ if true }}'.repeat(200)}${'{{ end }}'.repeat(200)}`, 'expected at most 100 levels of nesting'],
  [`{{ ${'('.repeat(200)}1${')'.repeat(200)} }}`, 'expected at most 100 levels of nesting'],
])('%s is refused', (text, message) => {
  expect(() => parseTemplate(text)).toThrow(message)
})

describe('A template that is steady', () => {
  test.each([
    ['page', true],
    ['{{ $labels.i }}-{{ .Labels.i | toUpper }}-{{ $.Labels.Value }}', true],
    ['{{ with $labels.i }}is {{ $labels.i }}{{ else }}{{ $externalLabels.region }}{{ end }}', true],
    ['{{ $x := $labels.i }}{{ $x }}{{ externalURL }}', true],
    ['{{ $value }}', false],
    ['{{ .Value | humanize }}', false],
    ['{{ $.Value }}', false],
    ['{{ . }}', false],
    ['{{ $x := $ }}{{ $x.Value }}', false],
    ['{{ with . }}{{ .Value }}{{ end }}', false],
    ['{{ if true }}a{{ else if gt (printf "%v" .Value | len) 2 }}b{{ end }}', false],
    ['{{ range $labels }}{{ $value }}{{ end }}', false],
    ['{{ query "up" | first | value }}', false],
  ])('%s: %s', (text, isSteady) => {
    expect(parseTemplate(text).isSteady).toBe(isSteady)
  })
})
