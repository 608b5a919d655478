/** What an error, or whatever else was thrown, says of itself. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
