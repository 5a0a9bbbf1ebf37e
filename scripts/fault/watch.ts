/** Waits for the notification of an alert, asking the receiver where it arrives and, before that, Prometheus. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from '../../app/faults/fault.ts'
import { publishedPorts } from '../../compose/preflight.ts'
import type { Notification } from '../../compose/receiver/notifications.ts'
import { roundedDuration } from '../../contract/durations.ts'
import { onOneLine } from '../terminal.ts'

interface Watched {
  fault: Fault
  startedAt: number
  endsAt: number
  print: (line: string) => void
}

interface RunningAlert {
  labels: Record<string, string>
  state: string
}

/** As much as the receiver keeps. */
const longestAnswer = 64 * 1024 * 1024

/** Says where the alert would be seen, or what does not answer there; to be asked before anything is broken. */
export async function watchProblem(): Promise<string | undefined> {
  try {
    await notifications()
    return undefined
  } catch (error) {
    const { message } = error as Error
    return `Cannot watch for the alert: expected the receiver at ${receiver()}, got ${message}. \`npm run stack -- up\` or \`npm run stack -- native\` starts it, RECEIVER_PORT says where it is`
  }
}

/** Whether the alert arrived before the fault ended by itself, or a minute later. */
export async function watch({ fault, startedAt, endsAt, print }: Watched): Promise<boolean> {
  const { name } = fault.alert
  const after = () => roundedDuration(Math.round((Date.now() - startedAt) / 1000))
  const told = new Set<string>()
  const tell = (key: string, line: string) => {
    if (!told.has(key)) print(onOneLine(line))
    told.add(key)
  }
  while (Date.now() < endsAt + 60_000) {
    const arrived = await notifications().catch((error: Error) => {
      tell('away', `The receiver does not answer any more: ${error.message}`)
      return []
    })
    for (const { alertname, status, time, labels } of arrived) {
      if (status !== 'firing' || Date.parse(time) < startedAt || labels.severity === 'none') continue
      const seconds = Math.round((Date.parse(time) - startedAt) / 1000)
      tell(
        `arrived ${alertname}`,
        `${labels.severity} ${alertname} arrived after ${roundedDuration(seconds)}`,
      )
      if (alertname === name) return true
    }
    const state = await stateOf(name)
    if (state !== undefined) tell(state, `${name} is ${state} after ${after()}`)
    await wait(1000)
  }
  print(
    `${name} has not arrived within ${after()}; it should have within ${roundedDuration(fault.alert.within)}`,
  )
  return false
}

/** What Prometheus says of it; undefined when it does not know the alert or does not answer. */
async function stateOf(name: string): Promise<string | undefined> {
  try {
    const answer = (await get(`${url('prometheus')}/api/v1/alerts`)) as { data: { alerts: RunningAlert[] } }
    const states = answer.data.alerts.flatMap(({ labels, state }) =>
      labels.alertname === name ? [state] : [],
    )
    return states.includes('firing') ? 'firing' : states[0]
  } catch {
    return undefined
  }
}

async function notifications(): Promise<Notification[]> {
  const found = await get(receiver())
  if (!Array.isArray(found)) throw new Error('no list of notifications')
  return found as Notification[]
}

function receiver(): string {
  return `${url('receiver')}/notifications.json`
}

function url(name: 'receiver' | 'prometheus'): string {
  return `http://127.0.0.1:${publishedPorts(process.env).find(port => port.name === name)!.number}`
}

async function get(address: string): Promise<unknown> {
  const answer = await fetch(address, { signal: AbortSignal.timeout(5000), redirect: 'error' }).catch(
    (error: Error) => {
      const { code, message } = (error.cause ?? error) as Error & { code?: string }
      throw new Error(code ?? message)
    },
  )
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  let text = ''
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.length > longestAnswer) throw new Error('an answer without an end')
  }
  return JSON.parse(text)
}
