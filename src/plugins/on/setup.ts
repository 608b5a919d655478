import { required, some, type Use, type ValueType } from '../../corefile/spec.ts'
import { oneOf, word } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { type Reaction, Reactions } from './on.ts'

const name = oneOf(['startup', 'shutdown', 'certrenew'])
const event: ValueType<Reaction['event']> = { ...name, parse: (text) => name.parse(text.toLowerCase()) }

const directive = { args: [required('event', event), some('command', word)] } as const

/** `on EVENT COMMAND…`: runs a command when something happens to the server. */
export const plugin = definePlugin({
  name: 'on',
  directive,
  runtimes: { workers: 'error', why: 'a Worker can run no commands' },
  setup(uses, block) {
    for (const use of uses)
      if (use.args.event === 'certrenew')
        block.warn('on: certrenew never happens here: certificates come from files', use.at)
    return new Reactions(uses.map(reactionOf), block.runtime)
  },
})

function reactionOf(use: Use<typeof directive>): Reaction {
  const { event, command } = use.args
  const inBackground = command.at(-1) === '&'
  const given = inBackground ? command.slice(0, -1) : command
  // A command in quotes is taken apart at its blanks; of several words each is one, whatever is in it.
  const words = given.length === 1 ? given[0].split(/\s+/).filter((word) => word !== '') : given
  if (words.length === 0 || words[0] === '') throw use.error('command must not be empty')
  const nul = use.tokens.find(({ text }) => text.includes('\0'))
  if (nul) throw use.error('command must not have a NUL in it', nul)
  return { event, words, inBackground }
}
