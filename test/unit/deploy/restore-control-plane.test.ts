import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandContent, renderScript } from '../../../simulator/ssm/documents.ts';

const file = resolve(import.meta.dirname, '../../../deploy/ssm-documents/restore-control-plane.yaml');
const data = 'var/lib/etcd/member';
const manifest = 'etc/kubernetes/manifests/etcd.yaml';
const notOurs = 'there is data in /var/lib/etcd that this restore has not put there';

describe('the document that restores a control plane', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tender-restore-'));
    write(
      `root/${manifest}`,
      'command:\n  - etcd\n  - --data-dir=/var/lib/etcd\n  - --initial-cluster=a=https://a:2380\n',
    );
    write('looks', '0');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  /**
   * Runs a step in a real shell.
   * @param containers how many looks show a container. @param sandboxes how many show a sandbox that is ready
   */
  function run(step: string, { containers = 0, sandboxes = 0, initialCluster = 'b=https://b:2380' } = {}) {
    const look = `n=$(cat "$TENDER_LOOKS"); case "$1" in
  ps) n=$((n + 1)); echo "$n" > "$TENDER_LOOKS"; [ "$n" -gt ${containers} ] || echo etcd ;;
  pods) [ "$n" -gt ${sandboxes} ] || echo etcd-a ;;
esac`;
    for (const [name, body] of [
      ['crictl', look],
      ['sleep', ':'],
      // What still runs in the container of a step that was killed is there to see when it is ended.
      [
        'ctr',
        'shift 2; echo "$*, with its files: $(ls "$TENDER_ROOT/var/lib/etcd/restore-r-1")" >> "$TENDER_LOOKS.ctr"',
      ],
      ['aws', 'exit 1'],
    ] as const) {
      write(`bin/${name}`, `#!/bin/sh\n${body}\n`);
      chmodSync(join(folder, 'bin', name), 0o755);
    }
    const given = { step: [step], restoreId: ['r-1'], initialCluster: [initialCluster] };
    const { script } = renderScript(load(readFileSync(file, 'utf8')) as CommandContent, given);
    const env = {
      PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
      TENDER_ROOT: join(folder, 'root'),
      TENDER_LOOKS: join(folder, 'looks'),
    };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });
    return { status, said: (stdout + stderr).trim(), looks: Number(readFileSync(join(folder, 'looks'), 'utf8')) };
  }

  it.each([
    ['no container for five looks', {}, 5],
    ['no container that a kubelet starts late', { containers: 7 }, 12],
    ['no sandbox in which a kubelet is to start one', { sandboxes: 20 }, 25],
    ['nothing any more, however late that is', { containers: 119 }, 124],
  ])('takes for stopped what shows %s', (_, shown, looks) => {
    expect(run('fence', shown)).toMatchObject({ status: 0, looks });
  });

  it.each([
    [{ containers: 500 }, 'containers [etcd], sandboxes []'],
    [{ sandboxes: 500 }, 'containers [], sandboxes [etcd-a]'],
  ])('gives up after two minutes, and says what still runs: %j', (shown, what) => {
    expect(run('fence', shown)).toMatchObject({
      status: 1,
      said: `after 120 s there still runs something of the control plane: ${what}`,
    });
  });

  it('ends the container of a step that was killed before it restores anew where that one wrote', () => {
    run('fence');
    write('root/var/lib/etcd/restore-r-1/snapshot.db', 'half of it');

    const { said } = run('restore');

    expect(said).toContain('the address of the snapshot cannot be read');
    expect(readFileSync(join(folder, 'looks.ctr'), 'utf8').trim().split('\n')).toEqual([
      'task rm --force tender-restore, with its files: snapshot.db',
      'container rm tender-restore, with its files: snapshot.db',
    ]);
    expect(existsSync(join(folder, 'root/var/lib/etcd/restore-r-1/snapshot.db'))).toBe(false);
  });

  it('lets no etcd join on data that this restore has not put there', () => {
    run('fence');
    write(`root/${data}/snap`, 'of an etcd that came late');
    expect(run('join')).toMatchObject({ status: 1, said: notOurs });
    expect(existsSync(join(folder, 'root', manifest))).toBe(false);

    rmSync(join(folder, 'root', data), { recursive: true });
    expect(run('join')).toMatchObject({ status: 0, said: 'etcd starts and joins' });
    write(`root/${data}/snap`, 'its own');
    const later = { initialCluster: 'b=https://b:2380,c=https://c:2380' };
    expect([run('join').status, run('join', later).status]).toEqual([0, 0]);
    expect(readFileSync(join(folder, 'root', manifest), 'utf8')).toContain(later.initialCluster);
  });
});
