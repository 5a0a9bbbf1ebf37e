/** What a customer's program sends to the shop, for tests. */

import { randomUUID } from 'node:crypto'

interface OrderRequest {
  customer: string
  items: { product: number; quantity: number }[]
}

export interface Answer<T = Record<string, unknown>> {
  status: number
  headers: Headers
  body: T
}

interface Order {
  id: string
  status: string
  total: number
}

export const anOrder = (product = 1, quantity = 1): OrderRequest => ({
  customer: 'ada@example.com',
  items: [{ product, quantity }],
})

export async function placeOrder(
  url: string,
  order: OrderRequest = anOrder(),
  key: string = randomUUID(),
  headers: Record<string, string> = {},
): Promise<Answer<Order>> {
  return read(
    await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      body: JSON.stringify(order),
    }),
  )
}

export async function get<T = Record<string, unknown>>(url: string, init?: RequestInit): Promise<Answer<T>> {
  return read(await fetch(url, init))
}

async function read<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
  }
}
