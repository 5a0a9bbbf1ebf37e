/** How a person calls a verb: by npm's scripts in this repository, by a program where the package is installed. */
import { program } from '../command.ts'
import { verbs } from '../sightline.ts'

/**
 * `npm run export -- --out DIR` becomes `npx --no-install sightline export --out DIR`. Without `--no-install`, npx would
 * fetch and run whatever somebody else has published by that name.
 */
export function asInstalled(text: string): string {
  return text.replaceAll(calls, `npx --no-install ${program} $1`).replaceAll(/check:queries/g, 'check')
}

/** In command.ts the name of the verb is a variable. */
const calls = new RegExp(
  `npm run (check:queries|${Object.keys(verbs).join('|')}|\\$\\{verb\\})(?![\\w:-])(?: --(?=[ \`'"]))?`,
  'g',
)
