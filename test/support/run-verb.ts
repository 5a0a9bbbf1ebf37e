/** Runs a verb in this process, and keeps what it prints. */
import { vi } from 'vitest'

type Main = (args: string[]) => Promise<number>

export async function runVerb(main: Main, args: string[]): Promise<{ code: number; printed: string }> {
  const printed: string[] = []
  const keep = (text: unknown) => void printed.push(String(text))
  const spies = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')]
  for (const spy of spies) spy.mockImplementation(keep)
  try {
    return { code: await main(args), printed: printed.join('\n') }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
