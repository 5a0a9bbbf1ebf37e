import { describe, expect, it } from 'vitest'
import { predicateOf } from '../matchers.ts'
import { compileRegex, expandTemplate, searchRegex } from './regex.ts'

const matches = (pattern: string, value: string) => compileRegex(pattern).test(value)

describe('compileRegex', () => {
  it('matches whole values only, across newlines', () => {
    expect(matches('a', 'ab')).toBe(false)
    expect(matches('a|ab', 'ab')).toBe(true)
    expect(matches('a.*', 'a\nb')).toBe(true)
    expect(matches('a.b', 'a\u2028b')).toBe(true)
    expect(matches('(?-s:a.b)', 'a\nb')).toBe(false)
    expect(matches('(?-s:a.b)', 'a\rb')).toBe(true)
    expect(matches('.', '😀')).toBe(true)
  })

  it('reads flags in the middle of a pattern, over alternatives, to the end of the group', () => {
    expect(matches('a(?i)b|c', 'aB')).toBe(true)
    expect(matches('a(?i)b|c', 'C')).toBe(true)
    expect(matches('a(?i)b|c', 'Ab')).toBe(false)
    expect(matches('(a(?i)b)c', 'aBC')).toBe(false)
    expect(matches('(?i:get)-(?-i:post)', 'GET-post')).toBe(true)
    expect(matches('(?im)^x$\\n^Y$', 'X\ny')).toBe(true)
    expect(matches('(?i)[a-c]\\w', 'Bz')).toBe(true)
  })

  it.each([
    ['[[:alpha:]_]+', 'ab_', true],
    ['[[:^digit:]]', '5', false],
    ['[]a]+', ']a', true],
    ['[^]a]', 'b', true],
    ['[a-]', '-', true],
    ['[\\d-x]+', '5-x', true],
    ['\\pL\\p{Greek}\\P{Lu}', 'aΩb', true],
    ['\\Qa.b*\\E+', 'a.b**', true],
    ['\\x41\\x{42}\\103', 'ABC', true],
    ['\\s', '\u00a0', false],
    ['[\\S]', '\u00a0', true],
    ['a{,2}', 'a{,2}', true],
    ['x{2}{', 'xx{', true],
    ['a}]', 'a}]', true],
    ['/_-', '/_-', true],
    ['\\/\\_\\-', '/_-', true],
    ['(?:)', '', true],
    ['(|a)+', 'aa', true],
    ['^*a$', 'a', true],
  ])('reads %s as RE2 does: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected)
  })

  it.each([
    ['*a', 'missing argument to repetition operator `*`'],
    ['a**', 'invalid nested repetition operator `*`'],
    ['(a', 'missing closing )'],
    ['a)', 'unexpected )'],
    ['[a', 'missing closing ]'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['\\y', 'invalid escape sequence: `\\y`'],
    ['a{1001}', 'invalid repeat count `{1001}`'],
    ['(?:a{100}){100}', 'invalid repeat count `{100}`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
  ])('refuses %s: %s', (pattern, message) => {
    expect(() => compileRegex(pattern)).toThrow(message)
  })
})

describe('However a pattern and a text are made', () => {
  const many = `${'a'.repeat(20_000)}!`

  it.each([
    ['(a+)+', many, false],
    ['(a|a)*!', many, true],
    ['(?:a|aa)+$', many, false],
    ['(.*)*x', many, false],
    ['(?:a?){30}a{30}', 'a'.repeat(30), true],
    ['.*.*.*.*=.*', many, false],
    ['.*a.*a.*a.*', many, true],
    ['(a*)*(a*)*b', many, false],
    ['[a-z]+[a-y]+[a-x]+', many, false],
    [`(${'(a*)'.repeat(100)})*b`, 'a'.repeat(2000), false],
  ])('%s takes no longer than its length', { timeout: 5000 }, (pattern, text, expected) => {
    expect(compileRegex(pattern).test(text)).toBe(expected)
  })

  it('a search takes no longer either', { timeout: 5000 }, () => {
    const found = [...searchRegex('(a+)+b|a!', many)]
    expect(found.map(({ start, end }) => [start, end])).toEqual([[19_999, 20_001]])
  })

  it.each([
    ['(a|b)*', 'ab', ['ab', 'b']],
    ['(?:(a)|b)*', 'ab', ['ab', 'a']],
    ['(a*)+', 'aa', ['aa', 'aa']],
    ['.*?((?:\\b|\\w)?).*', 'ab', ['ab', '']],
    ['(?P<1st>a+?)(a*)', 'aaa', ['aaa', 'a', 'aa']],
  ])('%s captures as RE2 does', (pattern, text, texts) => {
    expect([...compileRegex(pattern).exec(text)!.texts]).toEqual(texts)
  })
})

it('expands templates with numbers and names, and $name as long as it goes', () => {
  const match = compileRegex('(?P<host>[a-z]+):(\\d+)').exec('web:80')!
  expect(expandTemplate('${host}-$2-$$-$1x-${1}x-$9', match)).toBe('web-80-$--webx-')
})

it('turns matchers into predicates, negated ones too', () => {
  expect(predicateOf({ name: 'a', operator: '!~', value: 'x|y' })('x')).toBe(false)
  expect(predicateOf({ name: 'a', operator: '!~', value: 'x|y' })('')).toBe(true)
  expect(predicateOf({ name: 'a', operator: '!=', value: '' })('z')).toBe(true)
})
