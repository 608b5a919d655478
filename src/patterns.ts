/**
 * The engine for regular expressions (regexp.ts), for plugins that can do without it: it is larger than most of the rest, so
 * that it is loaded, and taken along into a Worker, only where a Corefile has a pattern for them.
 */

let needed = false

/** Has anybody loaded it so far? What a Corefile loads where it is built, it loads in the Worker as well. */
export const patternsNeeded = (): boolean => needed

/** Loads it: to be called in a plugin's `load`. */
export function loadPatterns(): Promise<typeof import('./regexp.ts')> {
  needed = true
  return import('./regexp.ts')
}
