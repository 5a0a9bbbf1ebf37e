import { createServer } from 'node:net'

// Below 32768, where Linux takes the local ports of outgoing connections from. Each worker of the test run has a
// stretch of its own, so that a port found here is not taken by another test before its server starts.
const first = 15_000
const stretch = 1000
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 17
let next = Math.floor(Math.random() * stretch)

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > stretch) throw new Error(`Expected ${count} free ports from ${first + worker * stretch} on`)
    const port = first + worker * stretch + (next++ % stretch)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  return port!
}

/** Whether something could listen there now. */
export async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  const result = await new Promise<boolean>(resolve => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (result) await new Promise(resolve => probe.close(resolve))
  return result
}
