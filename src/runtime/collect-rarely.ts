import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 wait until its heap and what hangs on it have grown fivefold before it marks all of it again. For programs through which hundreds of MiB pass in buffers that are used once,
 * as those of node:http2 are: they lie outside of the heap, but count as if it grew, and V8 marks its heap dozens of times because of them (docs/benchmarks.md).
 *
 * May be set while a process runs: V8 reads this one whenever it reckons when to collect next. Lambda lets nobody start Node with it.
 */
export function collectRarely(): void {
  setFlagsFromString('--heap-growing-percent=400');
}
