import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { command } from './command.ts'
import { address, chosen, required, resource, time } from './options.ts'

const printed: string[] = []

beforeEach(() => {
  printed.length = 0
  const print = (text: unknown) => printed.push(text instanceof Error ? (text.stack ?? '') : String(text))
  vi.spyOn(console, 'log').mockImplementation(print)
  vi.spyOn(console, 'error').mockImplementation(print)
})
afterEach(() => vi.restoreAllMocks())

const verb = (run: () => number) =>
  command({ name: 'verb', usage: 'Usage: npm run verb', options: { size: { type: 'string' } }, run })

test('help goes before everything else', async () => {
  const run = vi.fn(() => 1)
  expect(await verb(run)(['--size', '1', '--help'])).toBe(0)
  expect(run).not.toHaveBeenCalled()
  expect(printed).toEqual(['Usage: npm run verb'])
})

test.each([
  ['an unknown option', ['--sice', '1'], () => 0],
  ['a word too many', ['more'], () => 0],
  [
    'a refused value',
    [],
    () => {
      throw wrongUse('Cannot read --size')
    },
  ],
])('wrong use ends with 2 and says where help is: %s', async (_what, args, run) => {
  expect(await verb(run)(args)).toBe(2)
  expect(printed).toHaveLength(2)
  expect(printed[1]).toBe('See `npm run verb -- --help`')
})

test('a problem is one line and ends with 1', async () => {
  const code = await verb(() => {
    throw new UserError('Cannot reach it')
  })([])
  expect([code, printed]).toEqual([1, ['Cannot reach it']])
})

test('what a signal ends, whose code is a number, is told too', async () => {
  const code = await verb(() => AbortSignal.abort().throwIfAborted() as unknown as number)([])
  expect([code, printed]).toEqual([1, ['This operation was aborted']])
})

test('a bug shows where it happened', async () => {
  const code = await verb(() => (undefined as unknown as { size: number }).size)([])
  expect(code).toBe(1)
  expect(printed[0]).toContain('command.test.ts')
  printed.length = 0
  const thrower = () => {
    throw new Error('Cannot be')
  }
  expect(await verb(thrower)([])).toBe(1)
  expect(printed[0]).toMatch(/^Error: Cannot be\n {4}at /)
})

test('what is required and missing or empty is named together', () => {
  expect(required('pack', { a: 'x', b: 'y' }, ['a', 'b'])).toEqual({ a: 'x', b: 'y' })
  expect(() => required('pack', { a: 'x', b: '' }, ['a', 'b'])).toThrow(
    'Cannot pack: expected --a and --b, got --a',
  )
})

test.each(['foo', 'localhost:9090', 'ftp://host', ''])('"%s" is no address', text => {
  expect(() => address('prometheus', text)).toThrow(`got "${text}"`)
})

test('an address loses the slash at its end', () => {
  expect(address('grafana', 'http://127.0.0.1:3000/')).toBe('http://127.0.0.1:3000')
})

test.each(['5', '0s', '-5s', 'soon', ''])('"%s" is no time', text => {
  expect(() => time('range', text)).toThrow(`got "${text}"`)
})

test('times have units, and names are known', () => {
  expect(time('range', '1h30m')).toBe(5400)
  expect(chosen('only', undefined, ['a', 'b'])).toEqual(['a', 'b'])
  expect(chosen('only', 'b', ['a', 'b'])).toEqual(['b'])
  expect(() => chosen('only', 'a,c,d', ['a', 'b'])).toThrow('expected some of a, b, got "c", "d"')
})

test('labels and a namespace as Kubernetes takes them', () => {
  const longest = 'a'.repeat(63)
  expect(
    resource(longest, ['release=prometheus', 'app.kubernetes.io/part-of=Shop_2.x', `${longest}=`]),
  ).toEqual({
    namespace: longest,
    labels: { release: 'prometheus', 'app.kubernetes.io/part-of': 'Shop_2.x', [longest]: '' },
  })
})

test.each(['', 'Monitoring', '-a', 'a-', 'a.b', 'a b', 'a'.repeat(64), 'a\nb', 'ä'])(
  'namespace %j is refused',
  name => {
    expect(() => resource(name)).toThrow(
      `Cannot read --namespace: expected a name of a-z, 0-9 and - up to 63 long, got "${name}"`,
    )
  },
)

test.each([
  ...[
    'release',
    '',
    '=x',
    'a b=x',
    'a=x y',
    'a=b=c',
    'a/=x',
    '/a=x',
    'a/b/c=x',
    'A.io/b=x',
    'a..b/c=x',
    '-a=x',
  ],
  ...[
    'a=-',
    'a=x-',
    'a=x\ny: z',
    'ä=x',
    `${'a'.repeat(64)}=x`,
    `a=${'x'.repeat(64)}`,
    `${'a'.repeat(254)}/b=x`,
  ],
])('label %j is refused', label => {
  expect(() => resource(undefined, [label])).toThrow(
    /^Cannot read --label: expected NAME=VALUE such as release=/,
  )
})

test('a label that is given twice is refused', () => {
  expect(() => resource(undefined, ['a=1', 'b=2', 'a=1'])).toThrow(
    'Cannot read --label: expected each name once, got a again',
  )
})
