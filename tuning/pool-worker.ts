import { parentPort } from 'node:worker_threads'
import type { Task } from './months.ts'
import { playTask } from './task.ts'

parentPort!.on('message', (task: Task) => parentPort!.postMessage(playTask(task)))
