/** The whole lab on one command: the shop, its visitors, metrics, logs, traces, rules and dashboards. */
import '../app/compile-cache.ts'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ParseArgsOptionsConfig } from 'node:util'
import { defaultPreset, findPreset, presetVariables } from '../compose/presets.ts'
import { baselineRate } from '../compose/shop-services.ts'
import { type PortName, ports } from '../contract/ports.ts'
import { got, systemReason, wrongUse } from '../contract/user-error.ts'
import { presets } from '../contract/windows.ts'
import { examine, type Finding } from '../lab/doctor.ts'
import { type Lab, startLab } from '../lab/lab.ts'
import { pageRoute } from '../lab/page/serve.ts'
import type { Running } from '../lab/processes.ts'
import type { LabStatus } from '../lab/status.ts'
import { playgroundRoute } from '../tuning/playground/serve.ts'
import { command } from './command.ts'
import { isInstalled } from './installed.ts'
import { oneOf } from './options.ts'
import { shortened } from './shop/log-lines.ts'
import { foldRepeats } from './shop/repeats.ts'

const usage = `Usage: npm run lab [-- options]
       npm run lab -- doctor [options]

Starts the lab: a shop with visitors, the metrics, logs and traces it sends, rules, alerts and dashboards,
at http://localhost:${ports.grafana.number}. What they send is kept in .sightline/, where the next start goes on. Ctrl-C stops everything.
\`doctor\` starts nothing: it says whether ports, folder, free space, clock and Node are as the lab needs them.

  --no-shop          an empty lab, for services of your own: OTLP on ports ${ports.otlpHttp.number} (HTTP) and ${ports.otlpGrpc.number}
                     (gRPC), and --scrape
  --no-load          the shop without visitors
  --rate N           visitors' journeys per second, their mean over a day (default ${baselineRate})
  --preset NAME      how long the windows of rules are: practice or 30d (default ${defaultPreset.name})
  --port N           where the page and the APIs are (default ${ports.grafana.number})
  --scrape ADDRESS   host:port of a service of yours that has /metrics, or JOB=host:port to name its job;
                     may be repeated
  --rules DIR        rule files of yours instead of the generated ones
  --dashboards DIR   dashboards of yours instead of the generated ones
  --alertmanager URL  an Alertmanager of yours that is told of alerts, such as http://localhost:9093, instead of the
                     lab's own notifier
  --data DIR         where it is kept (default .sightline/lab, in a folder for each preset)
  --size SIZE        how much is kept on disk at most, such as 200MB or 2GB (default 512MB)
  --memory           keeps nothing on disk
  --open             opens the page in the browser
  --json             one JSON object a line: each part that is ready, then every 5 s how the lab is doing`

const options = {
  'no-shop': { type: 'boolean', default: false },
  'no-load': { type: 'boolean', default: false },
  rate: { type: 'string', default: String(baselineRate) },
  preset: { type: 'string', default: defaultPreset.name },
  port: { type: 'string' },
  scrape: { type: 'string', multiple: true },
  rules: { type: 'string' },
  dashboards: { type: 'string' },
  alertmanager: { type: 'string' },
  data: { type: 'string' },
  size: { type: 'string', default: '512MB' },
  memory: { type: 'boolean', default: false },
  open: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig

const root = join(import.meta.dirname, '..')

/** Where what is kept is kept: beside a package it would go with the next installation. */
const home = join(isInstalled ? process.cwd() : root, '.sightline')

const presetNames = presets.map(({ name }) => name)

export const main = command({
  name: 'lab',
  usage,
  options,
  words: true,
  async run(values, words) {
    if (words.length > 0) oneOf('use the lab', words.join(' '), ['doctor'])
    const preset = findPreset(oneOf('read --preset', values.preset, presetNames))
    const rate = numberOf('rate', values.rate, 0.001, 1000)
    const chosen = portsOf(values.port)
    const { scrape = [] } = values
    const targets = scrape.map(targetOf)
    const hasShop = !values['no-shop']
    if (hasShop && isInstalled)
      throw wrongUse({
        action: 'start the lab',
        expected: '--no-shop, as a package has no shop',
        got: 'nothing',
      })
    const hasLoad = hasShop && !values['no-load']
    const folder = values.memory ? undefined : dataFolder(values.data, hasShop, preset.name)
    const size = sizeOf(values.size)
    if (words.length > 0) {
      const { node } = process.versions
      const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
      const findings = await examine({
        ...{ wantedNode: isInstalled ? node : dependencies.node, node, ports: chosen },
        ...{ hasShop, hasLoad, folder, size, now: Date.now() },
      })
      return tellFindings(findings, values.json)
    }
    const screen = createScreen(values.json)
    const stopped = Promise.withResolvers<void>()
    const breakOff = new AbortController()
    let isStopping = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (isStopping) process.exit(130)
        isStopping = true
        screen.note('Stopping …')
        breakOff.abort()
        stopped.resolve()
      })

    const closers: (() => unknown)[] = []
    try {
      screen.note('Starting the lab …')
      const lab = await startLab({
        root,
        preset,
        ports: chosen,
        hasShop,
        hasLoad,
        scrape: targets,
        rulesFolder: values.rules,
        dashboardsFolder: values.dashboards,
        dataFolder: folder,
        size,
        hasHistory: hasHistory(),
        alertmanager: values.alertmanager === undefined ? undefined : urlOf(values.alertmanager),
        onNotice: text => screen.note(text),
        onFailure: text => screen.note(`The lab is not whole any more: ${text}`),
        routes: [pageRoute(join(home, 'page')), playgroundRoute()],
      })
      closers.push(lab.stop)
      const url = `http://localhost:${lab.ports.page}`
      screen.ready('page', { url })
      if (values.open) openPage(url, problem => screen.note(`Cannot open ${url} in a browser: ${problem}`))
      if (hasShop) {
        const folding = foldRepeats(text => screen.note(text))
        const { startShop } = await processes()
        const shop = await startShop({
          otlpEndpoint: `http://127.0.0.1:${lab.ports.otlp}`,
          signal: breakOff.signal,
          onReady: part => screen.ready(part),
          onNotice: text => screen.note(text),
          onLine: (role, line) => {
            const text = shortened(role as 'shop', line)
            if (text !== undefined) folding.line(text)
          },
        })
        closers.push(shop.stop, async () => folding.end())
      }
      if (hasLoad && !isStopping)
        closers.push((await visitors(rate, preset, chosen.load, text => screen.note(text))).stop)
      if (!isStopping) {
        screen.banner(lab.ports, hasShop)
        closers.push(screen.live(lab.status))
      }
      await stopped.promise
    } catch (error) {
      if (!isStopping) throw error
    } finally {
      for (const close of closers.toReversed()) await close()
    }
    return 0
  },
})

/** As the desktop does it; where there is none, the lab runs on and says so. */
function openPage(url: string, onProblem: (problem: string) => void): void {
  const program = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open'
  const opening = spawn(program, [url], { stdio: 'ignore', detached: true })
  opening.once('error', error => onProblem(systemReason(error)))
  opening.once('exit', code => {
    // Windows' explorer ends with 1 whatever it did.
    if (code !== 0 && program !== 'explorer') onProblem(`${program} ended with ${code}`)
  })
  opening.unref()
}

function tellFindings(findings: readonly Finding[], isJson: boolean): number {
  if (isJson) console.log(JSON.stringify(findings))
  else
    for (const { what, isFine, text } of findings)
      console.log(`${isFine ? 'fine' : 'BAD '}  ${what.padEnd(7)}  ${text}`)
  return findings.every(({ isFine }) => isFine) ? 0 : 1
}

async function visitors(
  rate: number,
  preset: Parameters<typeof presetVariables>[0],
  metricsPort: number,
  onEnd: (text: string) => void,
): Promise<Running> {
  const { startLoad } = await processes()
  const script = fileURLToPath(new URL('./load.ts', import.meta.url))
  const day = presetVariables(preset).LOAD_DAY
  const args = [`--rate=${rate}`, '--curve=daily', `--day=${day}`, '--duration=forever']
  return startLoad(script, [...args, `--metrics-port=${metricsPort}`], onEnd)
}

/** The rules of one preset would misread what those of another one wrote; and what is not the shop's is kept apart. */
function dataFolder(folder: string | undefined, hasShop: boolean, preset: string): string {
  return join(folder ?? join(home, 'lab'), hasShop ? preset : `${preset}-own`)
}

function sizeOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(text) ?? []
  const bytes = Number(number) * (unit === 'GB' ? 1e9 : 1e6)
  if (bytes >= 20e6 && bytes <= 1e12) return bytes
  throw wrongUse({ action: 'read --size', expected: 'a size from 20MB to 1000GB', got: got(text) })
}

/** The same variable as for the reference stack. */
function hasHistory(): boolean {
  const wanted = process.env.SIGHTLINE_HISTORY || 'on'
  if (wanted === 'on' || wanted === 'off') return wanted === 'on'
  throw wrongUse({ action: 'read SIGHTLINE_HISTORY', expected: 'on or off', got: got(wanted) })
}

/** Each port by its variable, the page's by --port too. */
function portsOf(port: string | undefined): Record<PortName, number> {
  const found = Object.entries(ports).map(([name, known]) => {
    const variable = 'variable' in known ? known.variable : undefined
    const text =
      (name === 'grafana' ? port : undefined) ?? (variable === undefined ? '' : process.env[variable])
    return [
      name,
      text
        ? numberOf(variable ?? name, text, 1, 65_535, name === 'grafana' ? 'port' : undefined)
        : known.number,
    ]
  })
  return Object.fromEntries(found)
}

function numberOf(name: string, text: string, min: number, max: number, option = name): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= min && value <= max) return value
  throw wrongUse({
    action: `read ${/^[a-z]/.test(option) ? '--' : ''}${option}`,
    expected: `a number from ${min} to ${max}`,
    got: got(text),
  })
}

/** `orders=localhost:9000`; without a name the address is the job's. */
function targetOf(text: string): { job: string; instance: string } {
  const [, name, instance = ''] = /^(?:([^=]+)=)?(.*)$/.exec(text) ?? []
  const url = URL.parse(`http://${instance}`)
  if (url !== null && url.host === instance && url.pathname === '/')
    return { job: name ?? instance, instance }
  throw wrongUse({
    action: 'read --scrape',
    expected: 'host:port, such as localhost:9000, or orders=localhost:9000',
    got: got(text),
  })
}

/** Without the slash at its end. */
function urlOf(text: string): string {
  const url = URL.parse(text)
  const isPlain = url !== null && url.search === '' && url.hash === '' && url.username === ''
  if (isPlain && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname.replace(/\/$/, '')}`
  throw wrongUse({
    action: 'read --alertmanager',
    expected: 'an address such as http://localhost:9093',
    got: got(text),
  })
}

type LabPorts = Lab['ports']

/** The shop and its visitors, which a package does not have. */
const processes = () => import('../lab/processes.ts')

/** What people read while it runs, or programs with --json. */
function createScreen(isJson: boolean) {
  const startedAt = performance.now()
  const seconds = () => Number(((performance.now() - startedAt) / 1000).toFixed(1))
  const isTerminal = process.stdout.isTTY === true
  const clear = () => {
    if (isTerminal && !isJson) process.stdout.write('\r\x1b[2K')
  }
  const print = (text: string) => {
    clear()
    console.log(text)
  }
  const tell = (event: string, more: object) =>
    console.log(JSON.stringify({ event, seconds: seconds(), ...more }))

  return {
    note: (text: string) => (isJson ? tell('note', { text }) : print(text)),
    ready(part: string, more: object = {}) {
      if (isJson) tell('ready', { part, ...more })
      else print(`  ${part} ready after ${seconds()} s`)
    },
    banner(taken: LabPorts, hasShop: boolean) {
      if (!isJson) print(bannerText(taken, hasShop))
    },
    live(status: () => Promise<LabStatus>): () => void {
      if (!isJson && !isTerminal) return () => {}
      const show = async () => {
        const now = await status().catch(() => undefined)
        if (now === undefined) return
        if (isJson) return tell('status', now)
        clear()
        process.stdout.write(liveLine(now))
      }
      const timer = setInterval(show, isJson ? 5000 : 1000)
      return () => {
        clearInterval(timer)
        clear()
      }
    },
  }
}

function liveLine({ metrics, spansPerSecond, linesPerSecond }: LabStatus): string {
  const count = (value: number) => Math.round(value).toLocaleString('en')
  return `${count(metrics.series)} series, ${count(spansPerSecond)} spans/s, ${count(linesPerSecond)} lines/s, ${metrics.firing} firing`
}

function bannerText({ page, otlp, grpc }: LabPorts, hasShop: boolean): string {
  const try_ = hasShop
    ? `Three things to try:
  look around:      http://localhost:${page}
  break something:  npm run fault -- start payments-down --for 3m
  see who is told:  http://localhost:${page}/notifications`
    : `Send to it:
  OTLP:             OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:${otlp}
  metrics:          npm run lab -- --no-shop --scrape orders=localhost:9000`
  return `
  lab       http://localhost:${page}          Prometheus, Loki, Tempo and Alertmanager at this port too
  OTLP      http://localhost:${otlp}          traces, logs and metrics by HTTP; by gRPC at port ${grpc}

${try_}

Ctrl-C stops all.
`
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
