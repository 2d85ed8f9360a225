import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';

export interface VirtualProcessOptions {
  /** Becomes `env` as it is. */
  readonly environment: Readonly<Record<string, string>>;
  readonly now: () => number;
  /** A line that the function wrote to stdout or stderr. */
  readonly writeLine: (line: string) => void;
  /** The function called `process.exit`. */
  readonly exit: (code: number) => void;
}

/** The `process` of a sandbox: its environment is exactly the function's, its output goes to the log group. */
export function virtualProcess(options: VirtualProcessOptions): EventEmitter {
  const startedAt = options.now();
  const elapsedMs = (): number => options.now() - startedAt;
  const hrtime = ([seconds, nanoseconds]: readonly number[] = [0, 0]): [number, number] => {
    const nanos = elapsedMs() * 1e6 - ((seconds ?? 0) * 1e9 + (nanoseconds ?? 0));
    return [Math.floor(nanos / 1e9), nanos % 1e9];
  };
  return Object.assign(new EventEmitter(), {
    env: options.environment,
    argv: ['/var/lang/bin/node', '/var/runtime/index.mjs'],
    execArgv: [],
    execPath: '/var/lang/bin/node',
    title: '/var/lang/bin/node',
    pid: 8,
    ppid: 1,
    platform: 'linux',
    arch: 'arm64',
    version: process.version,
    versions: process.versions,
    release: process.release,
    features: process.features,
    exitCode: undefined,
    stdout: lineStream(options.writeLine),
    stderr: lineStream(options.writeLine),
    nextTick: process.nextTick,
    emitWarning: () => undefined,
    cwd: () => '/var/task',
    umask: () => 0o22,
    uptime: () => elapsedMs() / 1000,
    hrtime: Object.assign(hrtime, { bigint: () => BigInt(Math.round(elapsedMs() * 1e6)) }),
    // Measuring the simulator's own memory would differ from run to run.
    memoryUsage: () => ({ rss: 1e8, heapTotal: 5e7, heapUsed: 4e7, external: 1e6, arrayBuffers: 1e5 }),
    cpuUsage: () => ({ user: 0, system: 0 }),
    exit: options.exit,
  });
}

function lineStream(writeLine: (line: string) => void): Writable {
  let rest = '';
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, callback) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) writeLine(line);
      callback();
    },
  });
  return Object.assign(stream, { isTTY: false, fd: 1 });
}
