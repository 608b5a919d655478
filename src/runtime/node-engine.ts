/**
 * How the engine collects garbage in a process that serves. Nearly all that a query needs is garbage when its reply is out. Left to
 * itself the engine begins with so little space for new objects that those in use count as old soon, lets it grow to 128 MB, memory that
 * is written once and then collected, far beyond what the processor's caches hold, and waits until the old ones have more than doubled.
 * `npm run bench -- soak` measures it. To collect old ones earlier still costs DNS over HTTP/2 a fifth of its rate: Node's tables of
 * streams keep many that are gone until then.
 */
const SETTINGS = ['--min-semi-space-size=8', '--max-semi-space-size=8', '--heap-growing-percent=200']
/** Whoever has set something of the kind knows better. */
const OURS = /semi[-_]space|heap[-_]growing/

/**
 * Starts the program again, in this same process, with settings that the engine takes at its start only; takes some 20 milliseconds.
 * Where that cannot be (Windows, a parent that talks by messages, a policy against it) the program goes on as it is.
 */
export function tuneEngine(): void {
  const { execve, execPath, execArgv, argv, env, channel } = process
  if (!execve || channel || OURS.test(`${execArgv.join(' ')} ${env.NODE_OPTIONS ?? ''}`)) return
  try {
    execve(execPath, [execPath, ...SETTINGS, ...execArgv, ...argv.slice(1)], env)
  } catch {
    // Then it takes more memory.
  }
}
