import { randomBelow } from '../../upstream/random.ts'

export const POLICIES = ['random', 'round_robin', 'sequential'] as const
export type PolicyName = (typeof POLICIES)[number]

/** In which order upstreams are tried for one query. The list given is not changed. */
export type Policy = <T>(upstreams: readonly T[]) => readonly T[]

/** A policy with a state of its own. */
export function makePolicy(name: PolicyName): Policy {
  if (name === 'sequential') return (upstreams) => upstreams
  if (name === 'random') return shuffled
  let turn = 0
  return (upstreams) => {
    if (upstreams.length < 2) return upstreams
    // The first one's turn comes last, as with CoreDNS; the others follow in the order written.
    turn = (turn + 1) % upstreams.length
    return [upstreams[turn], ...upstreams.slice(0, turn), ...upstreams.slice(turn + 1)]
  }
}

/** Fisher and Yates. */
function shuffled<T>(upstreams: readonly T[]): readonly T[] {
  if (upstreams.length < 2) return upstreams
  const order = [...upstreams]
  for (let i = order.length - 1; i > 0; i--) {
    const k = randomBelow(i + 1)
    const other = order[k]
    order[k] = order[i]
    order[i] = other
  }
  return order
}
