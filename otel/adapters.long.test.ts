import { adapters, describeAdapter } from './testing/adapter-suite.ts'

for (const adapter of adapters) describeAdapter(adapter)
