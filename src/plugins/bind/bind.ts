import { addressText, parseAddress } from '../../address.ts'
import type { ConfigError } from '../../corefile/error.ts'
import type { Token } from '../../corefile/spec.ts'
import type { Runtime } from '../../runtime/runtime.ts'

/** What knows how to complain about a word: a directive or one of its properties. */
interface Complainer {
  error(message: string, at?: Token): ConfigError
}

/** The addresses that words stand for: an address is itself, an interface all addresses that it has now. */
export function addressesOf(words: readonly Token[], complainer: Complainer, runtime: Runtime): string[] {
  return words.flatMap((word) => {
    const found = runtime.interfaceAddresses(word.text) ?? literal(word.text)
    if (!found) throw complainer.error(`no address, and no interface of this machine, got "${word.text}"`, word)
    return found
  })
}

/** An address, in the text form that interfaces' addresses have too. A link-local one may name its interface. */
function literal(text: string): string[] | undefined {
  const [, bare, zone = ''] = /^([^%]*)(%.+)?$/s.exec(text)!
  const address = parseAddress(bare)
  return address && (zone === '' || address.length === 16) ? [addressText(address) + zone] : undefined
}
