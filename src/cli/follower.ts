import { keepCode } from '../runtime/node-codecache.ts'

// Before any other module is loaded. A thread of its own starts here.
keepCode()
await import('./following.ts')
