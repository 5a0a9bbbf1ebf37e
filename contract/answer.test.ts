import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { textOf } from './answer.ts'

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function answering(answer: (response: ServerResponse) => void): Promise<Response> {
  server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

test('an answer is read whole, also where a character is split', async () => {
  const response = await answering(to => {
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
    to.write(first)
    setTimeout(() => to.end(second), 50)
  })
  expect(await textOf(response)).toBe('é')
})

test('an answer without end is given up', async () => {
  const response = await answering(to => {
    const more = () => {
      while (!to.destroyed && to.write('x'.repeat(10_000)));
    }
    to.on('drain', more)
    more()
  })
  await expect(textOf(response, 100_000)).rejects.toThrow(/expected at most 100000 bytes, got more$/)
})
