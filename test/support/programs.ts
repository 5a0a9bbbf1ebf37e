/** Programs of this machine that tests run against; what is missing says so, and where to get it. */

import { globSync } from 'node:fs'
import { delimiter } from 'node:path'
import { onPath } from '../../compose/on-path.ts'

type Found<Key extends string = 'program'> = Record<Key, string> | { missing: string }

/** `names` are tried in turn, as distributions call the same program differently. */
export function findProgram(names: string | readonly string[], from: string): Found {
  const wanted = typeof names === 'string' ? [names] : names
  const [program] = onPath(wanted)
  return program === undefined
    ? { missing: `no ${wanted.join(' or ')} on the PATH: install ${from}` }
    : { program }
}

export const findPrometheus = () => findProgram('prometheus', 'the package prometheus')
export const findPromtool = () => findProgram('promtool', 'the package prometheus')
export const findAlertmanager = () =>
  findProgram(['alertmanager', 'prometheus-alertmanager'], 'the package prometheus-alertmanager')
export const findAmtool = () => findProgram('amtool', 'the package prometheus-alertmanager')
export const findRedis = () => findProgram(['valkey-server', 'redis-server'], 'the package redis-server')

/** The server, and the program that makes its first tables. */
export function findMariadb(): Found<'server' | 'install'> {
  const [server] = onPath(['mariadbd'], '/usr/sbin')
  const [install] = onPath(['mariadb-install-db'])
  return server === undefined || install === undefined
    ? { missing: 'no mariadbd in /usr/sbin: install the package mariadb-server-core' }
    : { server, install }
}

/** The folder of Postgres' programs, which Debian keeps off the PATH. */
export function findPostgres(): Found<'bin'> {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(),
  ]
  const bin = folders.find(folder => ['initdb', 'postgres'].every(name => onPath([name], folder).length > 0))
  return bin === undefined
    ? {
        missing:
          'no initdb and postgres on the PATH or in /usr/lib/postgresql: install the package postgresql',
      }
    : { bin }
}

/** Why one of them cannot be used, or nothing when all of them can. */
export function whyMissing(...found: readonly object[]): string | undefined {
  const reasons = found.flatMap(each => ('missing' in each ? [String(each.missing)] : []))
  return reasons.length === 0 ? undefined : reasons.join('; ')
}

/** The title of a test or suite that is skipped for a reason, in the form that the gate's summary reads. */
export function titled(title: string, reason: string | undefined): string {
  return reason === undefined ? title : `${title} (skipped: ${reason})`
}

/** What `found` holds, for where a suite that needs it is not skipped. */
export function use<Key extends string>(found: Found<Key>): Record<Key, string> {
  if ('missing' in found) throw new Error(`Cannot use what is not there: ${found.missing}`)
  return found
}
