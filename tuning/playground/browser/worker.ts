/** In a worker: plays what it is sent, and answers with what came of it. */
import type { Resolution } from '../../clock.ts'
import { newPlayer, type Played } from '../play.ts'
import type { State } from '../state.ts'

export interface Request {
  state: State
  resolution: Resolution
}

export type Answer = { played: Played } | { error: string }

export function serveRequests(): void {
  const play = newPlayer()
  const scope = self as unknown as { postMessage(answer: Answer): void }
  addEventListener('message', ({ data: { state, resolution } }: MessageEvent<Request>) => {
    try {
      scope.postMessage({ played: play(state, resolution) })
    } catch (error) {
      scope.postMessage({ error: error instanceof Error ? error.message : String(error) })
    }
  })
}

/** Asks one worker for one thing at a time; of what comes meanwhile only the newest is asked. */
export function askWorker(source: string, onAnswer: (answer: Answer, request: Request) => void) {
  const worker = new Worker(source)
  let running: Request | undefined
  let waiting: Request | undefined
  const send = (request: Request) => {
    running = request
    worker.postMessage(request)
  }
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    const asked = running!
    running = undefined
    onAnswer(data, asked)
    if (waiting !== undefined && running === undefined) {
      const next = waiting
      waiting = undefined
      send(next)
    }
  })
  worker.addEventListener('error', ({ message }) => onAnswer({ error: message }, running!))
  return (request: Request) => {
    if (running === undefined) send(request)
    else waiting = request
  }
}
