import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitStatusOf } from '../../../cli/errors.ts';
import { age, print, size } from '../../../cli/print.ts';
import type { CommandContext, Format } from '../../../cli/surroundings.ts';
import { root } from '../../support/source-files.ts';
import { runTender } from '../../support/tender-command.ts';

describe('the words of the tender command', () => {
  it('says for each command what it does, and how it ends', async () => {
    const { status, out } = await runTender({}, '--help');

    expect(status).toBe(0);
    expect(out).toContain('Exit status: 0 done; 1 it failed, or the answer is no; 2 other words are needed; 3 AWS');
    for (const command of ['snapshots', 'snapshot', 'drill', 'members', 'restore']) {
      expect(await runTender({}, 'etcd', command, '--help')).toMatchObject({ status: 0, err: '' });
    }
    for (const command of ['ls', 'show', 'doctor', 'adopt', 'remove']) {
      expect(await runTender({}, 'cluster', command, '--help')).toMatchObject({ status: 0, err: '' });
    }
    for (const command of ['status', 'plan', 'start', 'pause', 'resume', 'abort', 'history']) {
      expect(await runTender({}, 'update', command, '--help')).toMatchObject({ status: 0, err: '' });
    }
  });

  it.each([
    [['etcd', 'snapshot', 'tkae'], 'Did you mean take?'],
    [['etcd', 'drill', '--no-wiat'], 'Did you mean --no-wait?'],
    [
      ['etcd', 'snapshots', 'ls', '-o', 'jsn'],
      "option '-o, --output <format>' argument 'jsn' is invalid. It is one of",
    ],
    [['etcd', 'snapshots', 'ls', '--limit', '0'], 'It is a whole number above 0.'],
    [['update', 'start', '--version', '$Latest'], 'It is the number of a version, as in 8.'],
    [['update', 'abort', '--rolback'], 'Did you mean --rollback?'],
    [['etcd', 'refuse', 'demo'], "required option '--reason <text>' not specified"],
    [['etcd', 'snapshots', 'ls'], 'RegionMissing: No region is named: give --region, or set AWS_REGION.'],
  ])('names what is wrong with %j, and the nearest that is right', async (args, message) => {
    const { status, out, err } = await runTender({}, ...args);

    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(message);
  });

  it('runs from anywhere, by any Node', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'cli/tender.mjs'), '--help'], {
      cwd: '/',
      encoding: 'utf8',
    });
    expect({ status, begins: stdout.slice(0, 22) }).toEqual({ status: 0, begins: 'Usage: tender [options' });
  });

  it('tells a shell whether words, or somebody who could not be asked, are to blame', () => {
    const named = (name: string) => Object.assign(new Error('x'), { name });
    expect(
      ['ClusterNotFound', 'AwsAccessDenied', 'SnapshotDamaged', 'other'].map((name) => exitStatusOf(named(name))),
    ).toEqual([2, 3, 1, 1]);
  });
});

describe('results', () => {
  const written = (output: Format, ...rest: [unknown, Parameters<typeof print>[2]]) => {
    let text = '';
    const context = { options: { output }, out: { write: (more: string) => (text += more) } };
    print(context as unknown as CommandContext, ...rest);
    return text;
  };

  it('are columns without lines, JSON, or YAML', () => {
    const rows = [
      { id: 'a', size: 12 },
      { id: 'bcd', size: undefined },
    ];
    const human = { kind: 'rows', rows, empty: 'none' } as const;

    expect(written('table', rows, human)).toBe('ID   SIZE\na    12\nbcd  -\n');
    expect(written('table', [], { ...human, rows: [] })).toBe('none\n');
    expect(JSON.parse(written('json', rows, human))).toEqual([{ id: 'a', size: 12 }, { id: 'bcd' }]);
    expect(written('yaml', rows, human)).toBe('- id: a\n  size: 12\n- id: bcd\n');
  });

  it('have sizes and ages that one can read', () => {
    expect([512, 2048, 3.4 * 1024 ** 2, 8 * 1024 ** 3].map(size)).toEqual(['512 B', '2.0 KiB', '3.4 MiB', '8.0 GiB']);
    expect([42, 720, 18_000, 300_000].map((seconds) => age(seconds * 1000))).toEqual(['42s', '12m', '5h', '3d']);
  });
});
