import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chain, faults } from 'coredge/testing'
import { plugin } from '../src/index.ts'

const options = { modules: [plugin], files: { hosts: '192.0.2.1 www.example.org' } }

test('logs each answer, counts each query, and changes nothing', async (t) => {
  const dns = await chain('example.org {\n    example\n    hosts hosts\n}\n', options)
  t.after(() => dns.stop())
  const { rcode, answer } = await dns.ask('www.example.org A')
  assert.equal(rcode, 'NOERROR')
  assert.deepEqual(answer, ['www.example.org. 3600 IN A 192.0.2.1'])
  await dns.ask('www.example.org AAAA')
  assert.deepEqual(dns.log, ['[INFO] example', '[INFO] example'])
  assert.deepEqual(dns.measured('coredns_example_request_count_total'), [
    'coredns_example_request_count_total{server="dns://127.0.0.1:1053"} 2',
  ])
})

test('is ready at once', async (t) => {
  const dns = await chain('. {\n    example\n    whoami\n}\n', options)
  t.after(() => dns.stop())
  assert.equal(dns.ready(), true)
})

test('takes no arguments', async () => {
  const message = await faults('. {\n    example 1\n}\n', options)
  assert.match(message, /^Corefile:2:\d+: example: takes no arguments, got "1"$/)
})
