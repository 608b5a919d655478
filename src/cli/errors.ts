import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import { Failure } from './failure.ts'
import { UsageError } from './flags.ts'

/** An error as lines for the user: their own mistakes without a stack, ours with it. */
export function describeError(error: unknown): readonly string[] {
  if (error instanceof ConfigErrors) return error.errors.map(({ message }) => message)
  if (error instanceof ConfigError || error instanceof UsageError || error instanceof Failure) return [error.message]
  if (error instanceof Error) return (error.stack ?? error.message).split('\n')
  return [String(error)]
}
