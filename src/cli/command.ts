/** A word after `coredge`, in a file of its own: each is loaded only when it is called. */
export interface Command {
  /** What --help prints. */
  readonly usage: string
  /** Gives the exit code. Throws UsageError and ConfigErrors, among others. */
  run(args: readonly string[]): Promise<number>
}

/** The part of a usage text that every command starts with. */
export function usageOf(synopsis: string, text: string, flags: string): string {
  return `Usage: ${synopsis}\n\n${text.trim()}\n\nFlags:\n${flags}`
}
