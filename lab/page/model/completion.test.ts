import { expect, test } from 'vitest'
import { matching, placeAt, type Source, type Wants } from './completion.ts'

/** `|` stands for the cursor; a pipe of the query is written ¦. */
function at(source: Source, marked: string): { prefix: string; wants: Wants } | undefined {
  const text = marked.replaceAll('|', '').replaceAll('¦', '|')
  const place = placeAt(source, text, marked.indexOf('|'))
  return place && { prefix: place.prefix, wants: place.wants }
}

const expression: Wants = { kind: 'expression' }
const name = (selector = ''): Wants => ({ kind: 'name', selector, isCompared: true })
const grouping: Wants = { kind: 'name', selector: '', isCompared: false }
const value = (of: string, selector = '', isQuoted = true): Wants => ({
  kind: 'value',
  name: of,
  selector,
  isQuoted,
})

test.each<[Source, string, { prefix: string; wants: Wants } | undefined]>([
  ['prometheus', '|', { prefix: '', wants: expression }],
  ['prometheus', 'htt|', { prefix: 'htt', wants: expression }],
  ['prometheus', 'sum(rat|', { prefix: 'rat', wants: expression }],
  ['prometheus', 'up + |', { prefix: '', wants: expression }],
  ['prometheus', 'up and |', { prefix: '', wants: expression }],
  ['prometheus', 'up |', undefined],
  ['prometheus', 'up{|', { prefix: '', wants: name('up') }],
  ['prometheus', 'up{job="shop", inst|}', { prefix: 'inst', wants: name('up{job="shop"}') }],
  ['prometheus', '{jo|', { prefix: 'jo', wants: name() }],
  ['prometheus', 'up{job="sh|', { prefix: 'sh', wants: value('job', 'up') }],
  ['prometheus', 'up{job=~"sh|op"}', { prefix: 'sh', wants: value('job', 'up') }],
  ['prometheus', 'up{job=|', { prefix: '', wants: value('job', 'up', false) }],
  ['prometheus', 'up{instance="a}b", job="|', { prefix: '', wants: value('job', 'up{instance="a}b"}') }],
  ['prometheus', 'up{job="shop" |', undefined],
  ['prometheus', 'sum by (jo|', { prefix: 'jo', wants: grouping }],
  ['prometheus', 'a * on(job, |', { prefix: '', wants: grouping }],
  ['prometheus', 'rate(up[|', { prefix: '', wants: { kind: 'duration' } }],
  ['prometheus', '# sum(\nup{|', { prefix: '', wants: name('up') }],
  ['prometheus', 'label_replace(up, "a|', undefined],
  ['loki', '{serv|', { prefix: 'serv', wants: name() }],
  ['loki', '{service_name="shop", level="|', { prefix: '', wants: value('level', '{service_name="shop"}') }],
  [
    'loki',
    '{service_name="shop"} ¦ js|',
    { prefix: 'js', wants: { kind: 'stage', selector: '{service_name="shop"}' } },
  ],
  ['loki', 'sum by (service_name) (rat|', { prefix: 'rat', wants: expression }],
  ['loki', '{service_name="shop"} ¦= "er|', undefined],
  ['tempo', '{ |', { prefix: '', wants: name() }],
  ['tempo', '{ span.http|', { prefix: 'span.http', wants: name() }],
  ['tempo', '{ status = er|', { prefix: 'er', wants: value('status', '', false) }],
  ['tempo', '{ .http.route = "/ord|', { prefix: '/ord', wants: value('.http.route') }],
  ['tempo', '{ name = "a" && |', { prefix: '', wants: name() }],
  ['tempo', '{} ¦ ra|', { prefix: 'ra', wants: { kind: 'stage', selector: '{}' } }],
])('%s: %s', (source, marked, expected) => {
  expect(at(source, marked)).toEqual(expected)
})

test('what begins with the word comes first, and what is there already does not come', () => {
  const options = ['histogram', 'up', 'scrape_up', 'upper'].map(text => ({ text }))
  expect(matching(options, 'up', 3).map(({ text }) => text)).toEqual(['upper', 'scrape_up'])
  expect(matching(options, 'UP', 1).map(({ text }) => text)).toEqual(['up'])
})
