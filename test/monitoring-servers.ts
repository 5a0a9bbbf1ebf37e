/** Prometheus, Alertmanager and their tools where the machine has them; each says why when it has not. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Program = { program: string } | { missing: string }

/** `names` are tried in turn, as distributions call the same program differently. */
export function findProgram(names: string | readonly string[], from: string): Program {
  const wanted = typeof names === 'string' ? [names] : names
  const program = wanted
    .flatMap(name => (process.env.PATH ?? '').split(delimiter).map(place => join(place, name)))
    .find(existsSync)
  return program === undefined
    ? { missing: `no ${wanted.join(' or ')} in PATH: install ${from}` }
    : { program }
}
