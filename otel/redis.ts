/**
 * Spans and RED of Redis commands, by the channels on which `redis` and `ioredis` announce them: nothing of theirs is
 * patched, and keys and values are not looked at.
 */

import { tracingChannel } from 'node:diagnostics_channel'
import { beginOperation } from './database.ts'

/** What both clients say of a command; `redis` says it of a transaction as a whole, `ioredis` of each command in it. */
interface Message {
  command?: string
  args?: readonly unknown[]
  /** `MULTI` or `PIPELINE`, of a whole and of the commands in it. */
  batchMode?: string
  database?: number
  serverAddress?: string
  serverPort?: number
  error?: unknown
}

type End = ReturnType<typeof beginOperation>

/** Waits for work by design, which says nothing of how Redis is doing. */
const blocking = /^(BL|BR|BZ|WAIT|SUBSCRIBE|PSUBSCRIBE|SSUBSCRIBE|MONITOR)/

/** Observes the commands of all clients of the process from now on; returns how to stop. */
export function observeRedis(): () => void {
  const running = new WeakMap<object, End>()

  function begin(message: Message): void {
    const { command, args = [], batchMode, database, serverAddress, serverPort } = message
    // What a whole says is not said again by its commands.
    if (command !== undefined && batchMode !== undefined) return
    const name = nameOf(command ?? batchMode ?? '')
    if (blocking.test(name) || (name.startsWith('XREAD') && args.some(isBlock))) return
    const attributes = {
      'db.namespace': database === undefined ? undefined : String(database),
      'server.address': serverAddress,
      'server.port': serverPort,
    }
    running.set(message, beginOperation({ operation: name, summary: name }, { system: 'redis', attributes }))
  }

  function end(message: Message): void {
    running.get(message)?.(message.error, replyType(message.error))
    running.delete(message)
  }

  const subscribers = {
    start: begin,
    /** A command that throws before it is sent has no asynchronous end. */
    end: (message: Message) => {
      if ('error' in message) end(message)
    },
    asyncStart: end,
    asyncEnd: () => {},
    error: () => {},
  }
  const channels = ['node-redis:command', 'node-redis:batch', 'ioredis:command'].map(name =>
    tracingChannel<unknown, Message>(name),
  )
  for (const channel of channels) channel.subscribe(subscribers)
  return () => {
    for (const channel of channels) channel.unsubscribe(subscribers)
  }
}

function isBlock(argument: unknown): boolean {
  return String(argument).toUpperCase() === 'BLOCK'
}

/** `WRONGTYPE Operation against a key …`: a reply of Redis begins with what kind of error it is. */
function replyType(error: unknown): string | undefined {
  return error instanceof Error ? /^([A-Z]{3,30}) /.exec(error.message)?.[1] : undefined
}

/** Commands are few and named in the code; what does not look like one would be unbounded. */
function nameOf(command: string): string {
  const name = command.toUpperCase()
  return /^[A-Z][A-Z._]{0,29}$/.test(name) ? name : '_OTHER'
}
