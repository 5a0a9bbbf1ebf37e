import { expect, test } from 'vitest'
import { hashOf, planUpdate } from './update.ts'

const path = 'rules/slo.yaml'

/** `last` is what an earlier run wrote, `now` what is there, `next` what this version writes. */
function planned({
  last,
  now,
  next,
  ...others
}: {
  last?: string
  now?: string
  next?: string
  beside?: string
}) {
  const files: Record<string, string | undefined> = { [path]: now, [`${path}.new`]: others.beside }
  const { steps, writes, removes, written } = planUpdate({
    wanted: next === undefined ? {} : { [path]: next },
    written: last === undefined ? {} : { [path]: hashOf(last) },
    read: each => files[each],
  })
  return { what: steps.map(({ what }) => what).join(), writes, removes, written: written[path] }
}

test.each([
  ['nothing there yet', { next: 'a' }, 'new', { [path]: 'a' }],
  ['nothing has changed', { last: 'a', now: 'a', next: 'a' }, 'same', {}],
  ['a new version of what nobody touched', { last: 'a', now: 'a', next: 'b' }, 'updated', { [path]: 'b' }],
  ['changed by its people', { last: 'a', now: 'mine', next: 'a' }, 'kept', {}],
  ['changed, and a new version', { last: 'a', now: 'mine', next: 'b' }, 'beside', { [`${path}.new`]: 'b' }],
  ['a file of theirs by that name', { now: 'mine', next: 'a' }, 'beside', { [`${path}.new`]: 'a' }],
  ['what it would write is there already', { now: 'a', next: 'a' }, 'same', {}],
  ['they took the new version', { last: 'b', now: 'b', next: 'b', beside: 'b' }, 'same', {}],
  ['removed by its people', { last: 'a', next: 'b' }, 'gone', {}],
  ['ends of lines turned by Git', { last: 'a\nb\n', now: 'a\r\nb\r\n', next: 'a\nb\n' }, 'same', {}],
])('%s', (_case, given, what, writes) => {
  expect(planned(given)).toMatchObject({ what, writes, written: hashOf(given.next) })
})

test('a new version beside a changed file is offered once', () => {
  const { written } = planned({ last: 'a', now: 'mine', next: 'b' })
  expect(written).toBe(hashOf('b'))
  expect(planned({ last: 'b', now: 'mine', next: 'b', beside: 'b' })).toMatchObject({
    what: 'kept',
    writes: {},
  })
})

test('it goes when it was taken', () => {
  expect(planned({ last: 'b', now: 'b', next: 'b', beside: 'b' }).removes).toEqual([`${path}.new`])
  expect(planned({ last: 'b', now: 'mine', next: 'b', beside: 'b' }).removes).toEqual([])
})

test.each([
  ['untouched, it goes', { last: 'a', now: 'a' }, 'removed', [path]],
  ['changed, it stays', { last: 'a', now: 'mine' }, 'kept', []],
  ['gone already', { last: 'a' }, '', []],
])('a file that is not needed any more: %s', (_case, given, what, removes) => {
  expect(planned(given)).toMatchObject({ what, removes, writes: {}, written: undefined })
})
