import { Reader, type Response } from 'mmdb-lib'
import type { GeoDatabase } from './runtime.ts'

/** Opens a database in MaxMind's format. Throws where it is none. */
export function openGeoDatabase(octets: Uint8Array): GeoDatabase {
  const reader = new Reader<Response>(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength))
  return { type: reader.metadata.databaseType, find: (address) => reader.get(address) ?? undefined }
}
