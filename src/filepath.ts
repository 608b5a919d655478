import { RootFolder } from './capabilities.ts'
import type { Block } from './plugin.ts'

/** Where a file named in a Corefile is: below the block's `root` folder, where it has one. For use in `setup` and later. */
export function filePath(block: Block, name: string): string {
  const root = block.find(RootFolder)
  return root === undefined ? name : block.runtime.files.join(root, name)
}
