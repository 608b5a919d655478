export { FakeRuntime, type FakeRuntimeOptions } from '../src/testing/runtime.ts'
