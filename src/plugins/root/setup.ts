import { RootFolder } from '../../capabilities.ts'
import { required } from '../../corefile/spec.ts'
import { fileName } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { Root } from './root.ts'

/** `root PATH`: the folder that relative file names of the block start from. */
export const plugin = definePlugin({
  name: 'root',
  directive: { args: [required('path', fileName)] },
  setup(uses, block) {
    const { args, at } = uses.at(-1)!
    block.provide(RootFolder, args.path)
    return new Root(args.path, block.runtime, (message) => block.warn(`root: ${message}`, at))
  },
})
