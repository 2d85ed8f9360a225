// A process of its own, run with --trace-gc: a snapshot of 310 MiB passes through in buffers that are used once, beside a heap of some MiB. With the word `rarely` as a function takes it.

import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { storeSnapshot } from '../../../src/etcd/store-snapshot.ts';
import { collectRarely } from '../../../src/runtime/collect-rarely.ts';

if (process.argv[2] === 'rarely') collectRarely();
const heap = Array.from({ length: 150_000 }, (_, index) => ({ index, name: `object ${index}` }));

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < 20_000; index += 1) {
    if (index % 4 === 0) await setImmediate();
    yield Buffer.allocUnsafeSlow(16 * 1024).fill(index);
  }
}

const upload = { part: () => sleep(5), complete: async () => {}, abort: async () => {} };
// It has no trailer, and is thrown away in the end.
await storeSnapshot(chunks(), upload, 300 * 1024 * 1024, () => {}).catch(() => {});
process.stdout.write(`${heap.length} objects were kept\n`);
