/** How many SLO files of other projects import: those below the folder that SLO_FILES names, a folder for each project. */
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../contract/user-error.ts'
import { generateFiles } from '../../export/slo-files/generate.ts'
import { importSlos } from '../../export/slo-files/import.ts'

export function sloFiles(): string[][] {
  const folder = process.env.SLO_FILES
  if (folder === undefined)
    throw new UserError({
      action: 'count SLO files',
      expected: 'SLO_FILES to name a folder of checked-out projects',
    })
  return readdirSync(folder).map(project => {
    const files = globSync(join(folder, project, '**/*.{yaml,yml}')).filter(isSlo)
    const imported = files.filter(imports).length
    return [project.replace('+', '/'), files.length, imported, files.length - imported].map(String)
  })
}

/** A file with an SLO that its own project does not call wrong, and that is no output or schema. */
function isSlo(file: string): boolean {
  if (
    /\/_gen\/|\/out-|\/bad|invalid|duplicates|CustomResourceDefinition|\/crd\/|\/windows\/|\/helm\//.test(
      file,
    )
  )
    return false
  return /^(version: "?prometheus\/v1|[- ]*kind: "?(PrometheusServiceLevel|ServiceLevelObjective|SLO)\b)/m.test(
    readFileSync(file, 'utf8'),
  )
}

function imports(file: string): boolean {
  try {
    generateFiles(importSlos(file, readFileSync(file, 'utf8')), {})
    return true
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}
