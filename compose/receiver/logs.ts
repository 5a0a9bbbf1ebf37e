/** Each notification as a log line: on stdout as JSON, and at an OTLP endpoint where there is one. */
import type { Notification } from './notifications.ts'

export function logLine(notification: Notification): string {
  const { time, ...rest } = notification
  return line(time, levelOf(notification), message(notification), rest)
}

/** A store of logs that is away must not cost a notification: the line on stdout is there already. */
export async function pushLogs(
  endpoint: string,
  notifications: readonly Notification[],
  print: (line: string) => void,
): Promise<void> {
  const resource = { attributes: [attribute(['service.name', 'notifications'])] }
  const logRecords = notifications.map(logRecord)
  try {
    const response = await fetch(new URL('/v1/logs', endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords }] }] }),
      signal: AbortSignal.timeout(2_000),
    })
    // The answer says nothing that is needed; a body without end must not be read.
    await response.body?.cancel()
    if (!response.ok) throw new Error(`expected a 2xx answer, got ${response.status}`)
  } catch (error) {
    print(
      line(
        new Date().toISOString(),
        'warn',
        `Cannot send notifications to ${endpoint}: ${(error as Error).message}`,
      ),
    )
  }
}

/** Lines on stdout. While nobody reads them they pile up in memory, so past a megabyte they are counted instead. */
export function printToStdout(): (line: string) => void {
  let dropped = 0
  return text => {
    if (process.stdout.writableLength > 1_000_000) {
      dropped++
      return
    }
    if (dropped > 0)
      process.stdout.write(
        `${line(new Date().toISOString(), 'warn', `Cannot print ${dropped} lines: nobody read them`)}\n`,
      )
    dropped = 0
    process.stdout.write(`${text}\n`)
  }
}

function line(time: string, level: string, msg: string, more: object = {}): string {
  return JSON.stringify({ time, level, service_name: 'notifications', msg, ...more })
}

function logRecord(notification: Notification): object {
  const severities = { info: 9, warn: 13, error: 17 }
  const level = levelOf(notification)
  const { labels, annotations, status, receiver } = notification
  return {
    timeUnixNano: `${BigInt(Date.parse(notification.time)) * 1_000_000n}`,
    severityNumber: severities[level],
    severityText: level,
    body: { stringValue: message(notification) },
    attributes: Object.entries({ ...labels, ...annotations, status, receiver }).map(attribute),
  }
}

function attribute([key, value]: [string, string]): object {
  return { key, value: { stringValue: value } }
}

function message({ status, alertname, annotations }: Notification): string {
  return `${status}: ${annotations.summary ?? alertname}`
}

function levelOf({ status, labels }: Notification): 'info' | 'warn' | 'error' {
  if (status === 'resolved' || labels.severity === 'none') return 'info'
  return labels.severity === 'page' ? 'error' : 'warn'
}
