/** Projects of other people: empty folders outside this repository, into which packages are installed. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Packed } from '../../scripts/pack/pack.ts'
import { packages as known, oldestNode } from '../../scripts/pack/packages.ts'
import { main } from '../../scripts/pack.ts'
import { root } from '../support/documents.ts'
import { runVerb } from '../support/run-verb.ts'

export interface Desk {
  packed: Packed[]
  /** The folder of a new project, with all tarballs in its `vendor/`. */
  project: (name: string) => string
  remove: () => void
}

export async function packedDesk(): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'packages-'))
  const packages = join(folder, 'packages')
  const { code, printed } = await runVerb(main, ['--out', packages, '--json'])
  if (code !== 0) throw new Error(printed)
  return {
    packed: JSON.parse(printed),
    project(name) {
      const place = join(folder, name)
      cpSync(packages, join(place, 'vendor'), { recursive: true })
      writeFileSync(join(place, 'package.json'), JSON.stringify({ name, private: true }))
      return place
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

interface Ran {
  code: number
  output: string
}

/** As a person types it, on a Node that reads no TypeScript; `node` is the folder of another Node's program. */
export async function type(line: string, cwd: string, node = dirname(process.execPath)): Promise<Ran> {
  const { npm_config_offline, ...env } = process.env
  const options = {
    cwd,
    maxBuffer: 64e6,
    env: {
      ...env,
      PATH: `${node}${delimiter}${process.env.PATH}`,
      NODE_OPTIONS: '--no-experimental-strip-types',
      npm_config_prefer_offline: 'true',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    },
  }
  return promisify(execFile)('sh', ['-c', line], options).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    error => ({ code: error.code, output: `${error.stdout}${error.stderr}` }),
  )
}

/** What TypeScript finds wrong in an example, and in all declarations of ours that it reaches. */
export async function typeErrors(project: string, name: string): Promise<string[]> {
  const adapters = ['./express', './fastify', './hono', './koa', './postgres']
  const { exports } = known.find(each => each.name === name)!
  const imports = Object.keys(exports)
    .filter(path => !adapters.includes(path))
    .map((path, index) => `export * as part${index} from '@sightline-kit/${name}${path.slice(1)}'`)
  writeFileSync(join(project, 'all.mts'), imports.join('\n'))
  const compilerOptions = {
    ...{ target: 'es2024', lib: ['es2024'], module: 'nodenext', strict: true, noEmit: true },
    ...{ allowJs: true, checkJs: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  }
  const files = ['all.mts', ...readdirSync(project).filter(file => file === 'example.mjs')]
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const { output } = await type(join(root, 'node_modules/.bin/tsc'), project)
  // Declarations of others may be wrong by themselves.
  return output.split('\n').filter(line => /^(all|example)\.m|@sightline-kit/.test(line))
}

/** The folder of the oldest Node that the packages say they run on. */
export async function oldNode({ project }: Desk): Promise<string> {
  const place = project('old-node')
  const name = `node-${process.platform}-${process.arch}`
  const { code, output } = await type(`npm install ${name}@${oldestNode}.0`, place)
  if (code !== 0) throw new Error(output)
  return join(place, 'node_modules', name, 'bin')
}
