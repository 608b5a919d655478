import { homedir } from 'node:os'
import { expect, it } from 'vitest'
import { cacheFolder } from '../../src/runtime/node-cachefolder.ts'

it.each([
  [{ COREDGE_CACHE: '/var/cache/x', XDG_CACHE_HOME: '/y', HOME: '/z' }, '/var/cache/x'],
  [{ COREDGE_CACHE: '', XDG_CACHE_HOME: '/y', HOME: '/z' }, undefined],
  [{ XDG_CACHE_HOME: '/y', HOME: '/z' }, '/y/coredge'],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/z' }, '/z/.cache/coredge'],
  [{ XDG_CACHE_HOME: '', HOME: '/z' }, '/z/.cache/coredge'],
  [{}, `${homedir()}/.cache/coredge`],
])('%j: %s', (env, folder) => expect(cacheFolder(env)).toBe(folder))
