import { extname } from 'node:path'

/** The module `name` beside that of `url`, as it is here: TypeScript in the sources, JavaScript in the package. */
export const sibling = (name: string, url: string): URL => new URL(`${name}${extname(url)}`, url)
