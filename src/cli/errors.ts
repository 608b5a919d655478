import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import { WireError } from '../dns/error.ts'
import { reasonOf } from '../reason.ts'
import { StoreError, ValueError } from '../store/store.ts'
import { ZoneError, ZoneErrors } from '../zone/error.ts'
import { Failure } from './failure.ts'
import { UsageError } from './flags.ts'

const OF_THE_USER = [ConfigError, ZoneError, WireError, UsageError, Failure, StoreError, ValueError] as const

/** An error as lines for the user: their own mistakes without a stack, ours with it. */
export function describeError(error: unknown): readonly string[] {
  if (error instanceof ConfigErrors || error instanceof ZoneErrors)
    return error.errors.flatMap(({ message }) => message.split('\n'))
  if (OF_THE_USER.some((kind) => error instanceof kind)) return [reasonOf(error)]
  if (error instanceof Error) return (error.stack ?? error.message).split('\n')
  return [String(error)]
}
