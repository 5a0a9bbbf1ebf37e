/** Sends visitors to the running shop and judges what they got by the performance budgets. */
import type { Traffic } from '../app/load/arrivals.ts'
import type { LoadRun } from '../app/load/generator.ts'
import type { LoadOptions } from '../app/load/options.ts'
import type { LoadResult } from '../app/load/verdict.ts'
import { textOf } from '../contract/answer.ts'
import { systemReason, UserError } from '../contract/user-error.ts'
import { command } from './command.ts'

// Read when the kit is loaded, so everything else is imported after it.
process.env.OTEL_SERVICE_NAME ??= 'load'
const { rateAt } = await import('../app/load/arrivals.ts')
const { startLoad } = await import('../app/load/generator.ts')
const { loadOptions, readOptions, usage } = await import('../app/load/options.ts')
const { progressLine, summary } = await import('../app/load/report.ts')
const { brokenBudgets, loadOf, regressions } = await import('../app/load/verdict.ts')
const { startAdmin } = await import('../otel/admin.ts')
const { observeRuntime } = await import('../otel/runtime.ts')

export const main = command({
  name: 'load',
  usage,
  options: loadOptions,
  run: values => send(readOptions(values)),
})

async function send({ plan, host, metricsPort, before, json }: LoadOptions): Promise<number> {
  await expectAnswer(plan.url)
  const admin = metricsPort === 0 ? undefined : await exposeMetrics(host, metricsPort)
  const run = startLoad(plan)
  stopOnSignals(run)
  const stopProgress = showProgress(run, plan.traffic)
  await run.finished
  stopProgress()
  await admin?.close()

  const result: LoadResult = {
    load: loadOf(plan),
    seed: plan.seed,
    duration: run.elapsed(),
    dropped: run.measurements.dropped(),
    journeys: run.measurements.results(),
  }
  const broken = brokenBudgets(result)
  const slower = before === undefined ? [] : regressions(before.result, result)
  if (json) console.log(JSON.stringify({ ...result, broken, slower }, null, 2))
  else {
    console.log(summary(result))
    for (const line of broken) console.log(`Budget broken: ${line}`)
    for (const line of slower) console.log(`Regression: ${line}`)
    if (before !== undefined && slower.length === 0)
      console.log(`No journey got slower than in ${before.file}`)
  }
  return broken.length + slower.length > 0 ? 1 : 0
}

async function expectAnswer(url: string): Promise<void> {
  const answer = await fetch(`${url}/products?size=1`, {
    signal: AbortSignal.timeout(10_000),
    redirect: 'manual',
  }).catch((error: Error) => {
    throw new UserError({
      action: 'reach the shop',
      expected: `it at ${url}`,
      got: systemReason(error),
      hint: '`npm run shop` starts it',
    })
  })
  const text = await textOf(answer, 1024 * 1024)
  if (!answer.ok || !isListOfProducts(text))
    throw new UserError({
      action: `use the shop at ${url}`,
      expected: 'a list of products',
      got: answer.ok ? `"${text.slice(0, 40)}"` : `status ${answer.status}`,
    })
}

/** Whatever else answers at that address would be found to be a fast shop without errors. */
function isListOfProducts(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { products?: unknown } | null)?.products)
  } catch {
    return false
  }
}

async function exposeMetrics(host: string, port: number) {
  observeRuntime()
  try {
    return await startAdmin({ host, port, ready: () => true })
  } catch (error) {
    throw new UserError(`${(error as Error).message}; --metrics-port takes another, or 0 for none`)
  }
}

/** The first signal ends the arrivals, the second does not wait for the answers. */
function stopOnSignals(run: LoadRun): void {
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (++signals > 1) process.exit(130)
      run.stop()
    })
  // The lab that started it has ended without a word.
  if (process.connected) process.once('disconnect', () => process.exit(130))
}

/** On a terminal one line that is written anew each second, else a line every ten seconds. */
function showProgress(run: LoadRun, traffic: Traffic): () => void {
  const terminal = process.stderr.isTTY
  const seconds = terminal ? 1 : 10
  const timer = setInterval(() => {
    const line = progressLine(run, rateAt(traffic, run.elapsed()), seconds)
    process.stderr.write(terminal ? `\r\x1b[2K${line}` : `${line}\n`)
  }, seconds * 1000)
  return () => {
    clearInterval(timer)
    if (terminal) process.stderr.write('\r\x1b[2K')
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
