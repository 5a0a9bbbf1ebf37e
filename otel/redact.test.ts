import { expect, test } from 'vitest'
import { redact } from './redact.ts'

const line = (fields: object) => `${JSON.stringify(fields)}\n`

test.each([
  [{ authorization: 'Bearer abc' }, { authorization: '[redacted]' }],
  [{ headers: { 'Set-Cookie': ['a=1', 'b=2'] } }, { headers: { 'Set-Cookie': '[redacted]' } }],
  [
    { a: { b: { c: [{ d: { cardNumber: 4111111111111111 } }] } } },
    { a: { b: { c: [{ d: { cardNumber: '[redacted]' } }] } } },
  ],
  [{ user: { password: null, name: 'Ann' } }, { user: { password: '[redacted]', name: 'Ann' } }],
  [
    { access_token: 'x', 'x-api-key': 'y' },
    { access_token: '[redacted]', 'x-api-key': '[redacted]' },
  ],
  [{ body: '{"customer":"ann","card":"4111"}' }, { body: '{"customer":"ann","card":"[redacted]"}' }],
  [{ body: '{"password":"cut o' }, { body: '[redacted]' }],
])('takes the secrets out of %j', (given, expected) => {
  expect(redact(line(given))).toBe(line(expected))
})

test.each([
  ['postgres://shop:hunter2@db/shop refused', 'postgres://shop:[redacted]@db/shop refused'],
  ['sent Authorization Bearer eyJhbGciOi.J9', 'sent Authorization Bearer [redacted]'],
  ['sent authorization: bearer abcdef012345', 'sent authorization: bearer [redacted]'],
  ['GET /bearer%20abcdef012345', 'GET /bearer [redacted]'],
  ['GET //shop:hunter2@db/a', 'GET //shop:[redacted]@db/a'],
  ['GET /a/token%3Dabc', 'GET /a/token=[redacted]'],
  ['GET /reset?token=abc&lang=en', 'GET /reset?token=[redacted]&lang=en'],
  ['GET /login;session=1;password=hunter2/x', 'GET /login;session=1;password=[redacted]/x'],
  ['/verify/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln', '/verify/[redacted]'],
])('takes credentials out of the text "%s"', (given, expected) => {
  expect(redact(line({ msg: given }))).toBe(line({ msg: expected }))
})

test('leaves every other line as it is', () => {
  const harmless = line({ msg: 'the password was wrong', tokens: 3, discard: true, url: 'http://a:80/b@c' })
  expect(redact(harmless)).toBe(harmless)
})
