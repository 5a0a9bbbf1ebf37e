/** Queries that are nearly right: of the words of the language, in any order, or with a piece cut out or put in. */

import type { Random } from '../../random.ts'

const pieces = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '|',
    '||',
    '&&',
    '>',
    '>>',
    '<',
    '<<',
    '~',
    '!>',
    '!>>',
    '!<',
    '!~',
    '&>',
    '&<<',
    '&~',
  ],
  ...[
    '=',
    '!=',
    '=~',
    '>=',
    '<=',
    '+',
    '-',
    '*',
    '/',
    '%',
    '^',
    '!',
    ',',
    '.',
    '.foo',
    'span.foo',
    'resource.',
    'event.x',
  ],
  ...[
    'span."a b"',
    'span."',
    'parent.a',
    'name',
    'status',
    'kind',
    'duration',
    'trace:',
    'span:id',
    'nestedSetLeft',
  ],
  ...[
    'nil',
    'true',
    'error',
    'server',
    '1',
    '-1',
    '1.5',
    '1e400',
    '9223372036854775808',
    '1h',
    '1.5ms',
    '5x',
    '0x1F',
  ],
  ...[
    '"a"',
    '`b`',
    '"',
    '`',
    '"\\x"',
    '"\\ud800"',
    '\u{1F600}',
    '\u0000',
    'ü',
    '//',
    '/*',
    '*/',
    '\n',
    '\t',
    "'a'",
  ],
  ...[
    'count()',
    'min(.a)',
    'by(name)',
    'select(.a)',
    'coalesce()',
    'rate()',
    'topk(5)',
    'with(a=1)',
    'minInt',
    'compare({})',
  ],
  ...['quantile_over_time(duration, 0.5)', 'histogram_over_time(.a) by (name)', 'avg_over_time(', 'sum(1)'],
]

export function randomWords(random: Random): string {
  const count = 1 + random.below(24)
  return Array.from({ length: count }, () => random.pick(pieces)).join(random.pick(['', ' ', ' ']))
}

/** The query with some of its characters gone, doubled, or replaced by a piece. */
export function damaged(random: Random, query: string): string {
  let text = query
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const from = random.below(text.length + 1)
    const to = Math.min(text.length, from + random.below(6))
    const inserted = random.pick(['', random.pick(pieces), text.slice(from, to).repeat(2)])
    text = text.slice(0, from) + inserted + text.slice(to)
  }
  return text
}
