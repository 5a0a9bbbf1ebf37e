/** Reads what every file imports and exports, by the compiler's own parser. */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  type CallExpression,
  type Identifier,
  isCallExpression,
  isExportAssignment,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isNewExpression,
  isStringLiteral,
  isVariableStatement,
  type Node,
  type Statement,
  type SourceFile as Syntax,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { createVirtualFileSystem } from 'typescript/unstable/fs'
import { API } from 'typescript/unstable/sync'

export interface SourceFile {
  /** From the root of the repository, such as `alerts/slo/rules.ts`. */
  path: string
  imports: readonly Import[]
  exports: readonly Export[]
}

export interface Import {
  line: number
  /** The file's path from the root; of a package its name as written, such as `node:fs`. */
  imported: string
  /** `all` when the whole module is taken, as by `import * as` and `import()`. */
  names: readonly string[] | 'all'
  /** Gone when the file runs: all that is imported are types. */
  isTypeOnly: boolean
}

interface Export {
  line: number
  name: string
}

/** The browser's code has a configuration of its own, as it alone knows the DOM. */
const configs = ['tsconfig.json', 'lab/page/tsconfig.json', 'tuning/playground/tsconfig.json']

/** `inMemory` holds the files by path instead of the disk. */
export function readSources(root: string, inMemory?: Record<string, string>): SourceFile[] {
  const api = new API({ cwd: root, ...(inMemory !== undefined && { fs: createVirtualFileSystem(inMemory) }) })
  try {
    const isThere = (path: string) => (inMemory === undefined ? existsSync(path) : path in inMemory)
    const found = configs.map(config => join(root, config)).filter(isThere)
    const snapshot = api.updateSnapshot({ openProjects: found })
    const sources = new Map<string, SourceFile>()
    for (const config of found) {
      const program = snapshot.getProject(config)?.program
      if (program === undefined)
        throw new Error(`Cannot read the sources: expected ${config}, got no project`)
      for (const file of program.getSourceFileNames())
        if (file.startsWith(`${root}/`) && !file.includes('/node_modules/'))
          sources.set(file, readSource(relative(root, file), program.getSourceFile(file)!))
    }
    return [...sources.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
  } finally {
    api.close()
  }
}

function readSource(path: string, syntax: Syntax): SourceFile {
  const imports: Import[] = []
  const lineOf = (node: Node) => syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1
  const visit = (node: Node): void => {
    const found = importOf(node)
    if (found !== undefined)
      imports.push({
        line: lineOf(node),
        imported: resolved(path, found.specifier),
        names: found.names,
        isTypeOnly: isOnlyTypes(node),
      })
    node.forEachChild(visit)
  }
  syntax.forEachChild(visit)
  return { path, imports, exports: syntax.statements.flatMap(each => exportsOf(each, lineOf)) }
}

/** As `verbatimModuleSyntax` has it: `import { type A }` still loads the file. */
function isOnlyTypes(node: Node): boolean {
  if (isImportDeclaration(node)) return node.importClause?.phaseModifier === SyntaxKind.TypeKeyword
  return isImportTypeNode(node) || (isExportDeclaration(node) && node.isTypeOnly)
}

function resolved(from: string, specifier: string): string {
  return specifier.startsWith('.') ? join(from, '..', specifier) : specifier
}

function importOf(node: Node): { specifier: string; names: Import['names'] } | undefined {
  if (isImportDeclaration(node)) {
    const clause = node.importClause
    const named = clause?.namedBindings
    if (named !== undefined && !isNamedImports(named)) return moduleOf(node.moduleSpecifier, 'all')
    const names = named?.elements.map(each => (each.propertyName ?? each.name).text) ?? []
    return moduleOf(node.moduleSpecifier, clause?.name === undefined ? names : ['default', ...names])
  }
  if (isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const clause = node.exportClause
    const isNamed = clause !== undefined && isNamedExports(clause)
    return moduleOf(
      node.moduleSpecifier,
      isNamed ? clause.elements.map(each => (each.propertyName ?? each.name).text) : 'all',
    )
  }
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) {
    const [first] = node.qualifier?.getText().split('.') ?? []
    return moduleOf(node.argument.literal, first === undefined ? 'all' : [first])
  }
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword)
    return moduleOf((node as CallExpression).arguments[0], 'all')
  // A thread's file: `new URL('./worker.ts', import.meta.url)`.
  if (isNewExpression(node) && node.expression.getText() === 'URL' && node.arguments?.length === 2) {
    const file = moduleOf(node.arguments[0], 'all')
    return file?.specifier.endsWith('.ts') ? relativeTo(file) : undefined
  }
  return undefined
}

function relativeTo(file: { specifier: string; names: Import['names'] }) {
  return file.specifier.startsWith('.') ? file : { ...file, specifier: `./${file.specifier}` }
}

function moduleOf(specifier: Node | undefined, names: Import['names']) {
  return specifier !== undefined && isStringLiteral(specifier)
    ? { specifier: specifier.text, names }
    : undefined
}

function exportsOf(statement: Statement, lineOf: (node: Node) => number): Export[] {
  const line = lineOf(statement)
  if (isExportAssignment(statement)) return [{ line, name: 'default' }]
  if (isExportDeclaration(statement)) {
    const clause = statement.exportClause
    return clause !== undefined && isNamedExports(clause)
      ? clause.elements.map(each => ({ line: lineOf(each), name: each.name.text }))
      : []
  }
  const modifiers = 'modifiers' in statement ? ((statement.modifiers as Node[] | undefined) ?? []) : []
  const has = (kind: SyntaxKind) => modifiers.some(each => each.kind === kind)
  if (!has(SyntaxKind.ExportKeyword)) return []
  if (has(SyntaxKind.DefaultKeyword)) return [{ line, name: 'default' }]
  if (isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) =>
      bound(name).map(name => ({ line, name })),
    )
  const { name } = statement as Statement & { name?: Identifier }
  return name === undefined ? [] : [{ line, name: name.text }]
}

/** The names of a declaration, those of a pattern such as `const { a, b } = …` included. */
function bound(name: Node): string[] {
  if (name.kind === SyntaxKind.Identifier) return [(name as Identifier).text]
  const names: string[] = []
  name.forEachChild(element => {
    if ('name' in element) names.push(...bound(element.name as Node))
  })
  return names
}
