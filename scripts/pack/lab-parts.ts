/** What the lab reads beside its code: pages as the browser gets them, runbooks, and dashboards to begin with. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundled } from '../../lab/page/bundle.ts'
import { bundlePlayground } from '../../tuning/playground/bundle.ts'

const root = join(import.meta.dirname, '../..')

export async function partsOfTheLab(): Promise<Record<string, string>> {
  const [playground, page] = await Promise.all([bundlePlayground(), bundled(undefined)])
  const pageFiles = [...page.files].map(([name, content]) => [
    `lab/page/bundle/${name}`,
    Buffer.from(content).toString(),
  ])
  return {
    'tuning/playground/parts.json': JSON.stringify(playground),
    ...Object.fromEntries(pageFiles),
    ...copied('compose/receiver', 'style.css'),
    ...copied('docs/runbooks', '.md'),
    ...copied('generated/dashboards', '.json'),
  }
}

function copied(folder: string, ending: string): Record<string, string> {
  const names = readdirSync(join(root, folder)).filter(name => name.endsWith(ending))
  return Object.fromEntries(
    names.map(name => [`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8')]),
  )
}
