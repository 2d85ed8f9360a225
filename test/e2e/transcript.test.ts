import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rehearseWatched } from '../support/scenarios/watched.ts';
import { root, textOf } from '../support/source-files.ts';
import type { Ran } from '../support/tender-command.ts';
import { atTheDoor } from '../support/tender-door.ts';

const PAGES = ['README.md', 'docs/quick-start.md', 'docs/cli.md'];
const long = process.env.TENDER_LONG !== undefined;

/** Commands of these pages that cannot be played here, and why. Every other one is. */
const NOT_HERE: readonly (readonly [RegExp, string])[] = [
  [/^npm start( -- (--once|--port 4566))?$/, 'test/e2e/start.test.ts plays it'],
  [/^npm test$/, 'it is what runs'],
  [/^npx serverless /, 'deploys to AWS; on the local cloud the tests of the deployment do'],
  [/^kubectl /, 'needs kubectl and an API server'],
  [/^aws /, 'needs the AWS CLI and an account'],
  [/^export /, 'says where: the tests do'],
  [/^npx tender etcd /, 'needs an etcd: test/e2e/tender-command.test.ts'],
  [
    /^npx tender .*(ip-10-0-1-23|i-0123456789abcdef0)/,
    'names a node that is an example: test/e2e/node-command.test.ts',
  ],
  [/^(source|tender\(\)|npx tender completion)/, 'is for a shell at a terminal: test/unit/cli/verbs.test.ts'],
  [/\$\(|"\$/, 'needs a shell: the long run plays it'],
];

/** The commands in a page's blocks of code, continued lines joined, comments off. */
function commandsIn(page: string): readonly string[] {
  const blocks = [...textOf(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return blocks
    .filter(([, language]) => language === '' || language === 'sh')
    .flatMap(([, , block = '']) => block.replace(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}

const all = [...new Set(PAGES.flatMap(commandsIn))];
const played = all.filter((command) => !NOT_HERE.some(([what]) => what.test(command)));

it('plays the commands of the README, the quick start and the command’s page as they are written', {
  timeout: 120_000,
}, async () => {
  const { scenario } = await rehearseWatched({ workers: 2 });
  await scenario.world.advance(3 * 60_000);
  await atTheDoor(scenario, async (run) => {
    for (const command of played) {
      const { status, err } = await run(...wordsOf(command));
      // Ones that answer a question may answer no.
      expect([0, 1], `${command}\n${err}`).toContain(status);
      expect(err, command).not.toMatch(/^error:|^\w+: /m);
    }
  });
  expect(played.length).toBeGreaterThan(5);
});

it('plays or names every command of these pages, and names none that is not there', () => {
  const unknown = played.filter((command) => !command.startsWith('npx tender '));
  const stale = NOT_HERE.filter(([what]) => !all.some((command) => what.test(command))).map(([what]) => String(what));

  expect(unknown.map((command) => `${command}: play it in test/e2e/transcript.test.ts, or say there why not`)).toEqual(
    [],
  );
  expect(stale).toEqual([]);
});

/** Words as a shell splits them. */
function wordsOf(command: string): string[] {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  return words.slice(2);
}

it.runIf(long)(
  'plays the quick start in a shell, on the local cloud (takes seconds)',
  { timeout: 120_000 },
  async () => {
    const { scenario, workers } = await rehearseWatched({ workers: 2 });
    const blocks = [...textOf('docs/quick-start.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
      ([, block = '']) => block,
    );
    const script = blocks
      .filter((block) => !block.includes('npm start'))
      .join('\n')
      .replace(/^export .*$/m, '');
    await atTheDoor(scenario, async () => {
      const { status, out, err } = await inShell(
        `set -eo pipefail\nnpx() { shift; node cli/tender.mjs "$@"; }\n${script}`,
      );
      expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' });
      expect(out).toContain(workers[0]?.instanceId);
      expect(out).toMatch(/outcome +planned/);
      expect(out).toMatch(/asked by +person: [\s\S]*why +a try/);
    });
  },
);

function inShell(script: string): Promise<Ran> {
  return new Promise((done) => {
    const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
    const shell = spawn('bash', ['-c', script], { cwd: root, env: { ...process.env, PATH: path } });
    const written = { out: '', err: '' };
    shell.stdout.on('data', (chunk: Buffer) => (written.out += chunk));
    shell.stderr.on('data', (chunk: Buffer) => (written.err += chunk));
    shell.on('close', (code) => done({ status: code ?? 1, ...written }));
  });
}
