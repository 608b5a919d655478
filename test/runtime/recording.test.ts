import { describe, expect, it } from 'vitest'
import { type CorefileSource, parseSource, recordSource, replaySource } from '../../src/runtime/recording.ts'

const FILES: Record<string, string> = {
  'conf/common': 'errors\nlog {$CLASS}\n',
  'conf/a.server': 'a.example {\n    import common\n}\n',
  'conf/b.server': 'b.example {\n    whoami\n}\n',
}

const source: CorefileSource = {
  file: 'Corefile',
  text: 'import conf/*.server\n{$ZONE:c.example} {\n    root {$SECRET}\n    whoami\n}\n',
  env: { CLASS: 'all', SECRET: 'built-in', UNUSED: 'private' },
  imports: {
    read: (path, from) => FILES[from.includes('/') ? `${from.slice(0, from.lastIndexOf('/'))}/${path}` : path],
    glob: () => ['conf/a.server', 'conf/b.server'],
  },
}

const recorded = (() => {
  const { record, source: recording } = recordSource(source)
  return { corefile: parseSource(recording), record }
})()

describe('a record', () => {
  it('is enough to read the same Corefile again, elsewhere', () => {
    const shipped = JSON.parse(JSON.stringify(recorded.record))
    expect(parseSource(replaySource(shipped))).toEqual(recorded.corefile)
    expect(recorded.corefile.blocks).toHaveLength(3)
  })

  it('has the variables that the Corefile names, and no others', () => {
    expect(recorded.record.env).toEqual({ CLASS: 'all', ZONE: null, SECRET: 'built-in' })
  })

  it('gives way to variables of the place where it is read again', () => {
    const corefile = parseSource(replaySource(recorded.record, { SECRET: 'of the Worker', ZONE: 'd.example' }))
    const [{ directives, keys }] = corefile.blocks.slice(-1)
    expect(keys[0].text).toBe('d.example')
    expect(directives[0].tokens[0].text).toBe('of the Worker')
  })

  it('tells configurations apart', () => {
    const again = recordSource(source)
    parseSource(again.source)
    expect(again.record).toEqual(recorded.record)
    const other = recordSource({ ...source, imports: { ...source.imports, glob: () => ['conf/a.server'] } })
    parseSource(other.source)
    expect(other.record).not.toEqual(recorded.record)
  })
})
