import { Complaint, definePlugin, rest, rrtype, TYPE, type ValueType, zone } from 'coredge'
import { OnlyOne } from './onlyone.ts'

const type: ValueType<number> = {
  label: 'type',
  parse(text) {
    try {
      return rrtype.parse(text)
    } catch (error) {
      throw error instanceof Complaint ? new Complaint('is an invalid type') : error
    }
  },
}

/** `onlyone [ZONES…] { types TYPES }`: one record of each type is enough. */
export const plugin = definePlugin({
  name: 'onlyone',
  directive: {
    args: [rest('zones', zone)],
    properties: { types: { args: [rest('types', type)] } },
    once: true,
  },
  setup([use], block) {
    const types = use.get('types')
    if (types?.args.types.length === 0) throw types.error('at least one type must be listed')
    const zones = use.args.zones.length > 0 ? use.args.zones : block.zones
    return new OnlyOne(zones, new Set(types?.args.types ?? [TYPE.A, TYPE.AAAA]))
  },
})
