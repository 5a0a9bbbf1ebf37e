/** Alerts that fire but that Alertmanager tells nobody of, as it is told to while something worse is known. */

export interface HeldBack {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  /** Names of the alerts that hold it back; empty when a person has silenced it. */
  by: string[]
}

const largestAnswer = 2_000_000

/** Throws when Alertmanager does not answer: what it holds back is then unknown, and not nothing. */
export async function askHeldBack(alertmanagerUrl: string): Promise<HeldBack[]> {
  const response = await fetch(new URL('/api/v2/alerts', alertmanagerUrl), {
    signal: AbortSignal.timeout(2_000),
  })
  if (!response.ok) throw new Error(`expected a 2xx answer, got ${response.status}`)
  const alerts = JSON.parse(await textOf(response)) as AlertmanagerAlert[]
  const names = new Map(alerts.map(({ fingerprint, labels }) => [fingerprint, labels.alertname ?? '']))
  return alerts
    .filter(({ status }) => status.state === 'suppressed')
    .map(({ labels, annotations, startsAt, status }) => ({
      labels,
      annotations,
      startsAt,
      by: status.inhibitedBy.map(fingerprint => names.get(fingerprint) ?? fingerprint),
    }))
}

interface AlertmanagerAlert {
  fingerprint: string
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  status: { state: string; inhibitedBy: string[] }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > largestAnswer) throw new Error(`expected at most ${largestAnswer} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
