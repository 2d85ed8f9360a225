import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { programOf } from '../../../cli/program.ts';
import { byHand } from '../../../scripts/diagrams/by-hand.ts';
import { textOf } from '../../support/source-files.ts';
import { runTender } from '../../support/tender-command.ts';

const nowhere = { environment: {}, out: { write: () => true }, err: { write: () => true }, now: () => new Date() };

interface Verb {
  readonly path: readonly string[];
  readonly command: Command;
}

function verbsOf(command: Command, path: readonly string[] = []): readonly Verb[] {
  return command.commands.flatMap((each) => {
    const own = { path: [...path, each.name()], command: each };
    return each.commands.length === 0 ? [own] : [own, ...verbsOf(each, own.path)];
  });
}

const all = verbsOf(programOf(nowhere, { status: 0 })).filter(({ path }) => path[0] !== 'complete');
const ends = all
  .filter(({ command }) => command.commands.length === 0)
  .map((verb) => ({ ...verb, words: verb.path.join(' ') }));
const asking = ends.filter(({ words }) => words !== 'completion');

/** What options that must be given are given. */
const VALUES: Readonly<Record<string, string>> = { until: '4h' };

/** Words that a verb understands. */
function wordsFor({ path, command }: Verb): string[] {
  const given = command.registeredArguments
    .filter(({ required }) => required)
    .map(({ argChoices }) => argChoices?.[0] ?? 'i-0123456789abcdef0');
  const needed = command.options
    .filter(({ mandatory }) => mandatory)
    .flatMap((option) => [option.long ?? '', VALUES[option.attributeName()] ?? 'words']);
  return [...path, ...given, ...needed];
}

describe('each verb of the tender command', () => {
  it('is there, and says what it does', () => {
    expect(ends.length).toBeGreaterThan(40);
    expect(all.filter(({ command }) => command.description() === '').map(({ path }) => path.join(' '))).toEqual([]);
  });

  it('has a row in docs/cli.md', () => {
    const page = textOf('docs/cli.md');
    const missing = ends.filter(({ path }) => {
      const [last = '', before = ''] = path.toReversed();
      return !page.includes(`tender ${path.join(' ')}`) && !new RegExp(`tender ${before}[^|]*\`${last}\\b`).test(page);
    });

    expect(missing.map(({ words }) => `docs/cli.md: say what tender ${words} does`)).toEqual([]);
  });

  it('is what the pages of the workflows name', () => {
    const unknown = Object.values(byHand)
      .flatMap((start) => (start ? [start.command.replace(/^tender /, '')] : []))
      .filter((command) => !ends.some(({ words }) => command.startsWith(`${words} `)));

    expect(unknown).toEqual([]);
  });

  it.each(ends)('$words --help says how it is used, and ends with 0', async ({ path }) => {
    const { status, out, err } = await runTender({}, ...path, '--help');

    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain(`Usage: tender ${path.join(' ')}`);
  });

  it.each(asking)('$words says where nothing is deployed, as an object for programs', async (verb) => {
    const { status, out, err } = await runTender({}, ...wordsFor(verb), '-o', 'json');

    expect([2, 3]).toContain(status);
    expect(err).toMatch(/^[A-Z]\w+: \S.*\n$/);
    expect(JSON.parse(out)).toMatchObject({ error: expect.any(String), message: expect.any(String) });
  });

  it('says with an object, too, which word is wrong', async () => {
    const { status, out } = await runTender({}, '-o', 'json', 'nod', 'ls');

    expect({ status, ...JSON.parse(out) }).toEqual({
      status: 2,
      error: 'Usage',
      message: "unknown command 'nod'\n(Did you mean node?)",
    });
  });

  it('says that AWS cannot be asked', { timeout: 120_000 }, async () => {
    const away = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    for (const [name, value] of Object.entries({
      ...away,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_MAX_ATTEMPTS: '1',
    }))
      vi.stubEnv(name, value);
    try {
      expect(await runTender(away, 'run', 'ls')).toMatchObject({
        status: 3,
        err: expect.stringMatching(/^AwsUnavailable: /),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('the completion of words', () => {
  /** What is printed past the surroundings, by the library. */
  async function printed(...args: string[]): Promise<string> {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      await runTender({}, ...args);
      return log.mock.calls.map((line) => line.join(' ')).join('\n');
    } finally {
      log.mockRestore();
    }
  }

  it('is a script that bash reads, and one for zsh and fish', async () => {
    const script = await printed('completion', 'bash');
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(script).toContain('tender.mjs');
    expect(await printed('completion', 'zsh')).toContain('#compdef tender');
    expect(await printed('completion', 'fish')).toContain('complete -c tender');
    expect((await runTender({}, 'completion', 'tcsh')).status).toBe(2);
  });

  it('knows verbs, options and their values', async () => {
    expect(await printed('complete', '--', 'node', 're')).toMatch(/^retire\t.*\nrepair\t/);
    expect(await printed('complete', '--', 'run', 'ls', '--st')).toContain('--status');
    expect(await printed('complete', '--', 'node', 'repair', '--from', '')).toContain('reboot');
  });

  it('is told which version it is', async () => {
    const { version } = JSON.parse(textOf('package.json'));
    expect(await runTender({}, '--version')).toEqual({ status: 0, out: `${version}\n`, err: '' });
  });
});
