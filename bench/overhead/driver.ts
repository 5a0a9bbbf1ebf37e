/** Drives one route over raw keep-alive sockets, which costs far less than an HTTP client and so leaves the other core to the service. */
import { connect, type Socket } from 'node:net'
import { createHistogram } from 'node:perf_hooks'

interface Drive {
  port: number
  /** One path per request, by its number. */
  path: (request: number) => string
  seconds: number
  connections: number
  /** Requests per second; without it every connection sends its next request when its last one is answered. */
  rate?: number
}

interface Driven {
  requests: number
  failures: number
  seconds: number
  p99Ms: number
}

export async function drive({ port, path, seconds, connections, rate }: Drive): Promise<Driven> {
  const latencies = createHistogram()
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const idle = [...sockets]
  let sent = 0
  let answered = 0
  let failures = 0

  /** Latency counts from when a request was due, so a stall of the service is not hidden by sending less. */
  async function exchange(socket: Socket, due: bigint): Promise<void> {
    const answer = await ask(socket, path(sent++))
    if (!answer.startsWith('HTTP/1.1 200')) failures++
    latencies.record(process.hrtime.bigint() - due)
    answered++
  }

  const start = process.hrtime.bigint()
  const end = start + BigInt(Math.round(seconds * 1e9))
  if (rate === undefined) {
    await Promise.all(
      sockets.map(async socket => {
        for (let now = start; now < end; now = process.hrtime.bigint()) await exchange(socket, now)
      }),
    )
  } else {
    const interval = 1e9 / rate
    const total = Math.floor(rate * seconds)
    const waiting: bigint[] = []
    const pump = () => {
      for (let socket = idle.pop(); socket !== undefined; socket = idle.pop()) {
        const due = waiting.shift()
        if (due === undefined) {
          idle.push(socket)
          return
        }
        const used = socket
        void exchange(used, due).then(() => {
          idle.push(used)
          pump()
        })
      }
    }
    for (let arrived = 0; arrived < total; ) {
      const now = process.hrtime.bigint()
      for (; arrived < total && Number(now - start) >= arrived * interval; arrived++)
        waiting.push(start + BigInt(Math.round(arrived * interval)))
      pump()
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    while (answered < total) await new Promise(resolve => setTimeout(resolve, 1))
  }
  const elapsed = Number(process.hrtime.bigint() - start) / 1e9
  for (const socket of sockets) socket.destroy()
  return { requests: answered, failures, seconds: elapsed, p99Ms: latencies.percentile(99) / 1e6 }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** One request at a time per socket, so an answer is complete when its declared length has come. */
function ask(socket: Socket, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const onData = (chunk: Buffer) => {
      received += chunk.toString('latin1')
      const head = received.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1])
      if (received.length < head + 4 + length) return
      finish()
      resolve(received)
    }
    const onClose = () => {
      finish()
      reject(new Error(`Cannot drive ${path}: the service closed the connection`))
    }
    const finish = () => {
      socket.off('data', onData)
      socket.off('close', onClose)
    }
    socket.on('data', onData)
    socket.on('close', onClose)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: bench\r\n\r\n`)
  })
}
