/** Questions to the lab, each under the path that the real server has. */
import type { Dashboard } from '../model/dashboard.ts'
import type { PrometheusData } from '../model/prometheus.ts'

type Parameters = Readonly<Record<string, string | number | undefined>>

/** An answer that is no success: its message is the server's own. */
class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export async function getJson<T>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<T> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) query.append(name, `${value}`)
  const address = query.size === 0 ? path : `${path}?${query}`
  return read<T>(await fetch(address, { headers: { accept: 'application/json' }, ...(signal && { signal }) }))
}

export async function send<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return read<T>(
    await fetch(path, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    }),
  )
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text()
  if (!response.ok) throw new ApiError(response.status, messageOf(text) || `HTTP ${response.status}`)
  try {
    return (text === '' ? undefined : JSON.parse(text)) as T
  } catch {
    throw new ApiError(response.status, `Cannot read the answer of ${response.url}: expected JSON`)
  }
}

function messageOf(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown }
    return String(message ?? error ?? '')
  } catch {
    return text.slice(0, 500).trim()
  }
}

export async function prometheus<T = PrometheusData>(
  path: string,
  parameters: Parameters,
  signal?: AbortSignal,
): Promise<T> {
  return (await getJson<{ data: T }>(`/api/v1/${path}`, parameters, signal)).data
}

export interface ListedDashboard {
  uid: string
  title: string
  description?: string
}

export const listDashboards = () => getJson<ListedDashboard[]>('/lab/api/dashboards')
export const getDashboard = (uid: string) =>
  getJson<Dashboard>(`/lab/api/dashboards/${encodeURIComponent(uid)}`)
