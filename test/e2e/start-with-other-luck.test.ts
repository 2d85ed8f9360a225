import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** What npm start says when it has played the whole story with that luck, whether all ended as it should or not. */
async function storyOf(seed: number): Promise<string> {
  const command = ['scripts/run.mjs', 'scripts/start.ts', '--once', '--seed', String(seed)];
  const { stdout } = await run('node', command, { cwd: root }).catch((error: { stdout: string }) => error);
  return stdout;
}

// With 1 the network load balancer opens connections to the spot instance for longer than EC2 leaves it.
it.each([1, 3, 4, 5])(
  'with luck %i no request fails but through a load balancer that opens connections to an instance after EC2 has taken it',
  { timeout: 300_000 },
  async (seed) => {
    const text = await storyOf(seed);
    expect(text).toMatch(/spot interruption: empty after \S+, gone after/);
    const told = text.split('It did not end as it should:')[1] ?? '';
    const complaints = told.split('\n').filter((line) => line.trim() !== '');
    const lost = complaints.flatMap(
      (line) => /lost the node that its connection went through \((i-\w+)/.exec(line)?.[1] ?? [],
    );
    const unsaved = complaints.flatMap((line) => /The NLB opened connections to (i-\w+) until/.exec(line)?.[1] ?? []);
    expect(lost.filter((instanceId) => !unsaved.includes(instanceId))).toEqual([]);
    const others = complaints.filter((line) => !/requests failed, among them:|lost the node|The NLB opened/.test(line));
    expect(others).toEqual([]);
    if (complaints.length === 0) expect(text).toMatch(/\d{4} sent, \d{4} answered, \d+ open at the end, 0 failed/);
  },
);
