import { expect, it } from 'vitest'
import { readCollections } from '../../bench/collections.ts'

it('reads what the engine tells of its collections', () => {
  const told = `dns://127.0.0.1:1053 .
[23713:0x15a54000]     2333 ms: Scavenge 31.6 (41.7) -> 25.6 (42.2) MB, pooled: 0 MB, 2.46 / 0.00 ms  (average mu = 0.974, current mu = 0.981) task; 
[23713:0x15a54000]     8545 ms: Mark-Compact 55.2 (65.1) -> 34.0 (52.6) MB, pooled: 12 MB, 9.69 / 0.00 ms  (+ 16.7 ms in 353 steps since start of marking, biggest step 0.7 ms, walltime since start of marking 78 ms) (average mu = 0.987, current mu = 0.981) finalize incremental marking via task; GC in old space requested
[23713:0x15a54000]     2133 ms: Mark-Compact (reduce) 20.6 (34.9) -> 18.6 (35.7) MB, 3.70 / 0.00 ms  (+ 15.5 ms in 35 steps since start of marking, biggest step 8.4 ms, walltime since start of marking 24 ms) (average mu = 0.974, current mu = 0.981) finalize incremental marking via task; GC in old space requested
`
  expect(readCollections(told)).toEqual([
    { kind: 'young', pause: 2.46 },
    { kind: 'old', pause: 9.69 },
    { kind: 'old', pause: 8.4 },
  ])
})
