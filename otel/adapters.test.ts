/** Two of the adapters; the long form of this file takes all of them. */

import { describeAdapter } from './testing/adapter-suite.ts'

for (const adapter of ['express', 'node-http'] as const) describeAdapter(adapter)
