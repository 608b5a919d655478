import { after, definePlugin, PerServer } from 'coredge'

/** `example`: writes "example" to the log for each answer, and counts the queries. */
export const plugin = definePlugin({
  name: 'example',
  // No arguments and no properties: a Corefile that has some is refused, with the place.
  directive: { args: [] },
  // What the directive says becomes a plugin. No files, no network, no timers here: `coredge check` runs it too.
  setup(_uses, { metrics, runtime: { log } }) {
    const help = 'Counter of requests made.'
    const counters = metrics.counters('coredns_example_request_count_total', help, ['server'])
    const requests = new PerServer((server) => counters.with(server))
    return {
      name: 'example',
      serve(query, next) {
        requests.of(query).increment()
        // The rest of the chain answers. `after` stays synchronous where the answer is there at once.
        return after(next(query), (reply) => {
          log.info('example')
          return reply
        })
      },
      // At once. Leave it out where there is nothing to wait for.
      ready: () => true,
    }
  },
})
