/** Runs a verb in this process, and keeps what it prints. */
import { vi } from 'vitest'

type Main = (args: string[]) => number | Promise<number>

/** `printed` is both, in the order they came. */
export async function runVerb(
  main: Main,
  args: string[],
): Promise<{ code: number; printed: string; stdout: string; stderr: string }> {
  const [all, out, err]: string[][] = [[], [], []]
  const keep = (own: string[]) => (text: unknown) => {
    all!.push(String(text))
    own.push(String(text))
  }
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(keep(out!)),
    vi.spyOn(console, 'error').mockImplementation(keep(err!)),
  ]
  try {
    const code = await main(args)
    const text = (lines: string[]) => lines.map(line => `${line}\n`).join('')
    return { code, printed: all!.join('\n'), stdout: text(out!), stderr: text(err!) }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
