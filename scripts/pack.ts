/** Writes packages that install and run without this repository. */
import { fileURLToPath } from 'node:url'
import { command } from './command.ts'
import { chosen, required } from './options.ts'
import { pack } from './pack/pack.ts'
import { oldestNode, packages } from './pack/packages.ts'

const names = packages.map(({ name }) => name)

const usage = `Usage: npm run pack -- --out DIR [options]

Writes npm packages as tarballs: the command line and the kits, as JavaScript for Node ${oldestNode} and later, with type
declarations. Nothing is published; \`npm install FILE\` in another project takes them.

  --out DIR      where to write them
  --only NAMES   comma separated: ${names.join(', ')}
  --json         names, files and weights as JSON`

export const main = command({
  name: 'pack',
  usage,
  options: { out: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean' } },
  run: async values => {
    const { out } = required('pack', values, ['out'])
    const wanted = chosen('only', values.only, names)
    const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
    const packed = await pack(
      root,
      packages.filter(({ name }) => wanted.includes(name)),
      out,
    )
    if (values.json) console.log(JSON.stringify(packed, undefined, 2))
    else
      for (const { tarball, bytes, files } of packed)
        console.log(`${tarball}  ${Math.ceil(bytes / 1000)} kB, ${files.length} files`)
    return 0
  },
})

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
