import { command } from './command.ts'
export const main = command({ name: 'init', usage: 'x', options: {}, run: () => 0 })
