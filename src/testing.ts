/**
 * What tests of plugins are made of: a chain from a Corefile, in this process and without sockets, questions and answers as
 * zone text, files, upstreams and time in memory. It needs no test runner of a certain kind.
 */

export type { Answer, AskOptions } from './library/answer.ts'
export { type Chain, type ChainOptions, chain, faults } from './testing/chain.ts'
export { type FakeClock, fakeClock } from './testing/clock.ts'
export { FakeRuntime, type FakeRuntimeOptions } from './testing/runtime.ts'
export { type StubUpstream, stubUpstream } from './testing/upstream.ts'
