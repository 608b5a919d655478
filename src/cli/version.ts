import { arch, platform } from 'node:process'
import { VERSION } from '../version.ts'

/** `coredge-0.1.0`, and what it runs on: as CoreDNS prints it. */
export function versionLines(): readonly string[] {
  return [`coredge-${VERSION}`, `${platform}/${arch}, node ${process.version}`]
}
