import { expect, test } from 'vitest'
import { unavailability } from './unavailable.ts'

const failure = (code: string, message = 'refused') => Object.assign(new Error(message), { code })

test.each([
  ['57014', 'The database is busy'],
  ['55P03', 'The database is busy'],
  ['40P01', 'The database is busy'],
  ['57P01', 'The database cannot be reached'],
  ['08006', 'The database cannot be reached'],
  ['ECONNREFUSED', 'The database cannot be reached'],
])('%s is told as: %s', (code, told) => {
  expect(unavailability(failure(code))).toBe(told)
})

test('a full pool is told apart', () => {
  expect(unavailability(new Error('timeout exceeded when trying to connect'))).toBe(
    'No database connection was free',
  )
})

test.each(['23505', '42601', '22P02', 'ERR_ASSERTION'])(
  '%s is a mistake of ours and no state of the database',
  code => {
    expect(unavailability(failure(code))).toBeUndefined()
  },
)
