/** `npm run bench [-- NAME…]`: runs benchmarks one after the other; all of them where none is named. */
const BENCHMARKS: Readonly<Record<string, () => Promise<unknown>>> = {
  udp: () => import('./udp.ts'),
  plugins: () => import('./plugins.ts'),
  zones: () => import('./zones.ts'),
  edge: () => import('./edge.ts'),
  resolver: () => import('./resolver.ts'),
}

const named = process.argv.slice(2)
const unknown = named.find((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown !== undefined) {
  console.error(`there is no benchmark "${unknown}"; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(1)
}
for (const name of named.length > 0 ? named : Object.keys(BENCHMARKS)) {
  console.log(`\n${name}\n`)
  await BENCHMARKS[name]()
}
