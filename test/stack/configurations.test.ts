/** Each server's own checker reads every file we generate for it. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { services } from '../../compose/compose-file.ts'
import { writeGenerated } from '../../compose/generated-files.ts'
import { findServer, serverNames } from '../../compose/native.ts'
import { defaultPreset, presetVariable } from '../../compose/presets.ts'
import { memoryBudgetMb } from '../../compose/service.ts'
import { containers, loopback, type Server } from '../../compose/targets.ts'
import { productVersion, versions } from '../../compose/versions.ts'
import { ports } from '../../contract/ports.ts'
import { presets } from '../../contract/windows.ts'
import { findProgram, titled, whyMissing } from '../support/programs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'stack-configurations-'))
const targets = [containers, loopback({ data: join(folder, 'data'), generated: folder })]

beforeAll(() => writeGenerated(folder, targets))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const checks = [
  {
    tool: 'promtool',
    from: 'the package prometheus',
    files: presetFiles('prometheus.yml'),
    command: ['check', 'config'],
  },
  {
    tool: 'amtool',
    from: 'the package prometheus-alertmanager',
    files: presetFiles('alertmanager.yml'),
    command: ['check-config'],
  },
  { tool: 'loki', from: 'Grafana Loki', files: ['loki.yaml'], command: ['-verify-config', '-config.file'] },
  {
    tool: 'tempo',
    from: 'Grafana Tempo',
    files: ['tempo.yaml'],
    command: ['-config.verify=true', '-config.file'],
  },
  {
    tool: 'otelcol-contrib',
    from: 'the OpenTelemetry Collector',
    files: ['collector.yaml'],
    command: ['validate', '--config'],
  },
]

const toolChecks = checks.map(check => ({
  ...check,
  missing: whyMissing(findProgram(check.tool, check.from)),
}))

describe.each(toolChecks)('$tool', ({ tool, files, command, missing }) => {
  const cases = targets.flatMap(target => files.map(file => `stack/${target.name}/${file}`))

  test.skipIf(missing).each(cases)(titled('accepts %s', missing), file => {
    expect(run(tool, [...command, join(folder, file)])).toMatchObject({ status: 0 })
  })
})

describe('docker compose', () => {
  const compose = findCompose()
  const missing = whyMissing(compose)
  const config = (environment: Record<string, string>) => {
    const [program = '', ...rest] = 'missing' in compose ? [] : compose.command
    return run(program, [...rest, 'config'], environment)
  }
  const servicesOf = (environment: Record<string, string>) => {
    const { status, output } = config(environment)
    expect({ status, output }).toMatchObject({ status: 0 })
    return (parse(output) as { services: Record<string, { command?: string[] }> }).services
  }

  test.skipIf(missing).each(presets)(titled('accepts compose.yaml with preset $name', missing), preset => {
    const written = servicesOf({ [presetVariable]: preset.name })
    const started = Object.keys(services).filter(name => !services[name]!.onRequest)
    expect(Object.keys(written).toSorted()).toEqual(started.toSorted())
    const all = servicesOf({ [presetVariable]: preset.name, COMPOSE_PROFILES: '*' })
    expect(Object.keys(all).toSorted()).toEqual(Object.keys(services).toSorted())
    expect(written.prometheus?.command).toContain(
      `--config.file=/etc/sightline/stack/compose/${preset.name}/prometheus.yml`,
    )
  })

  test.skipIf(missing)(titled('answers a bad setting with one line that names it', missing), () => {
    const unknown = config({ [presetVariable]: 'fast' })
    expect(unknown).toMatchObject({ status: expect.not.toSatisfy(status => status === 0) })
    expect(unknown.output.trim()).toMatch(/^[^\n]*compose\/fast\/preset\.env[^\n]*$/)
    const noNumber = config({ GRAFANA_PORT: 'abc' })
    expect(noNumber.output.trim()).toMatch(/^[^\n]*abc[^\n]*$/)
  })
})

describe('the compose file', () => {
  const written = parse(readFileSync(join(root, 'generated/stack/compose/compose.yaml'), 'utf8')) as {
    services: Record<string, Record<string, unknown>>
  }
  const all = Object.entries(written.services)

  test.each(all)(
    '%s has a limit, no rights it does not need, and a way to tell its health',
    (name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: expect.stringMatching(/^\d+m$/),
      })
      expect(service).not.toHaveProperty('privileged')
      const { runsOnce, onRequest } = services[name]!
      expect('restart' in service).toBe(!onRequest)
      expect('healthcheck' in service).toBe(!runsOnce && !onRequest)
    },
  )

  test('publishes on loopback only, each port once and movable', () => {
    const published = all.flatMap(([, { ports: list }]) => (list ?? []) as string[])
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-(\d+)\}:\1$/)
    expect(new Set(published).size).toBe(published.length)
    expect(published).toHaveLength(Object.values(ports).filter(port => 'variable' in port).length)
  })

  test('asks no registry for what it builds', () => {
    const built = all.filter(([, service]) => 'build' in service)
    expect(built.map(([name]) => name)).toContain('shop')
    for (const [, service] of built) expect(service).toMatchObject({ pull_policy: 'never' })
  })

  test('keeps within its memory budget', () => {
    const limits = Object.values(services).filter(service => !service.runsOnce && !service.onRequest)
    expect(limits.reduce((sum, { memoryMb }) => sum + memoryMb, 0)).toBeLessThanOrEqual(memoryBudgetMb)
    for (const { memoryMb, runsOnce } of Object.values(services))
      if (runsOnce) expect(memoryMb).toBeLessThanOrEqual(memoryBudgetMb)
  })

  test('waits only for services there are, and for their health only where they tell it', () => {
    for (const [, { depends_on = {} }] of all)
      for (const [name, { condition }] of Object.entries(
        depends_on as Record<string, { condition: string }>,
      )) {
        const service = written.services[name]
        expect(service).toBeDefined()
        if (condition === 'service_healthy') expect(service).toHaveProperty('healthcheck')
      }
  })

  test('holds no password and no floating version', () => {
    const text = JSON.stringify(written)
    expect(text).not.toMatch(/password|:latest/i)
    for (const [, { image }] of all) expect(image).toMatch(/^sightline(-\w+)?$|:v?\d+\.\d+/)
  })
})

test('the root file starts the default preset', () => {
  const text = readFileSync(join(root, 'compose.yaml'), 'utf8')
  expect(text).toContain(`\${${presetVariable}:-${defaultPreset.name}}`)
})

test('versions agree with package.json', () => {
  const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(productVersion).toBe(version)
  expect(versions.node.split('-')[0]).toBe(dependencies.node)
})

test('no two ports of the stack are the same, so that it also runs on one machine', () => {
  const numbers = Object.values(ports).map(port => port.number)
  expect(new Set(numbers).size).toBe(numbers.length)
})

describe('a server is looked for on the PATH', () => {
  const says: Record<Server, { file: string; version: string }> = {
    prometheus: { file: 'prometheus', version: 'prometheus, version 3.14.0 (branch: HEAD)' },
    alertmanager: { file: 'prometheus-alertmanager', version: 'alertmanager, version 0.25.0 (branch: HEAD)' },
    loki: { file: 'loki', version: 'loki, version 3.7.6 (branch: HEAD)' },
    tempo: { file: 'tempo', version: 'tempo, version 2.9.0 (branch: HEAD)' },
    collector: { file: 'otelcol-contrib', version: 'otelcol-contrib version 0.146.0' },
    grafana: { file: 'grafana', version: 'grafana version 13.0.0' },
  }

  test.each(serverNames)('%s by what it says of itself', name => {
    const { file, version } = says[name]
    const [other, real] = ['other', 'real'].map(place => join(folder, `${name}-${place}`)) as [string, string]
    for (const [place, line] of [
      [other, 'another program 1.0'],
      [real, version],
    ] as const) {
      mkdirSync(place)
      writeFileSync(join(place, file), `#!/bin/sh\necho '${line}'\n`, { mode: 0o755 })
    }
    try {
      vi.stubEnv('PATH', [other, real].join(delimiter))
      expect(findServer(name)).toEqual({ program: join(real, file) })
      vi.stubEnv('PATH', other)
      expect(findServer(name)).toEqual({ missing: expect.stringContaining(file) })
    } finally {
      vi.unstubAllEnvs()
    }
  })
})

function presetFiles(file: string): string[] {
  return presets.map(preset => `${preset.name}/${file}`)
}

function run(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): { status: number; output: string } {
  try {
    const output = execFileSync(program, args, {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, ...environment },
    })
    return { status: 0, output }
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    return { status, output: `${stdout}${stderr}` }
  }
}

function findCompose(): { command: string[] } | { missing: string } {
  const ways = [['docker', 'compose'], ['docker-compose']]
  const command = ways.find(([program = '', ...rest]) => run(program, [...rest, 'version']).status === 0)
  return command === undefined
    ? { missing: 'neither docker compose nor docker-compose runs: install Docker Compose 2.40 or later' }
    : { command }
}
