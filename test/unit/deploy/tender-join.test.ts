import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const script = resolve(import.meta.dirname, '../../../deploy/node/tender-join.sh');
const token = 'abcdef.0123456789abcdef';
const joinConfiguration = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: ${token}\n`;
const folders: string[] = [];

/** A machine of shims: IMDS answers, the parameter appears after some attempts, kubeadm notes what it was given. */
function makeNode(parameter: string, options: { readonly afterAttempts?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'node-'));
  folders.push(folder);
  const root = join(folder, 'root');
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(root, 'etc/tender'), { recursive: true });
  writeFileSync(join(root, 'etc/tender/join.env'), 'JOIN_PARAMETER=/tender/join/demo/{instance-id}\n');
  writeFileSync(join(folder, 'parameter'), parameter);
  writeFileSync(join(folder, 'attempts'), '');
  const shim = (name: string, body: string) => {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  };
  shim('curl', 'case "$*" in *api/token*) echo imds ;; *instance-id*) echo i-0abc ;; *region*) echo us-east-1 ;; esac');
  shim(
    'aws',
    `echo "$*" >> '${folder}/attempts'
if [ "$(wc -l < '${folder}/attempts')" -le ${options.afterAttempts ?? 0} ]; then echo 'An error occurred (ParameterNotFound)' >&2; exit 254; fi
cat '${folder}/parameter'`,
  );
  shim(
    'kubeadm',
    `cp "$3" '${folder}/given'; stat -c %a "$3" > '${folder}/mode'; cat "$3"; : > '${root}/etc/kubernetes/kubelet.conf'`,
  );
  const run = (env: Record<string, string> = {}) =>
    spawnSync('sh', [script], {
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, TENDER_ROOT: root, JOIN_FIRST_PAUSE_SECONDS: '0', ...env },
    });
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
  return { root, run, read };
}

describe('tender-join', () => {
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  test("joins with the configuration of the instance's own parameter and leaves no trace of it", () => {
    const node = makeNode(joinConfiguration);

    const { status, stdout, stderr } = node.run();

    expect(status).toBe(0);
    expect(node.read('given')).toBe(joinConfiguration);
    expect(node.read('mode')?.trim()).toBe('600');
    expect(node.read('attempts')).toContain('--name /tender/join/demo/i-0abc --with-decryption');
    expect(readdirSync(join(node.root, 'etc/kubernetes'))).toEqual(['kubelet.conf']);
    expect(stdout + stderr).not.toContain(token);
    expect(stdout).toContain('[redacted token]');
  });

  test('waits for a parameter that comes late', () => {
    const node = makeNode(joinConfiguration, { afterAttempts: 3 });

    const { status } = node.run();

    expect(status).toBe(0);
    expect(node.read('attempts')?.trim().split('\n')).toHaveLength(4);
  });

  test('gives up at its limit and says why', () => {
    const node = makeNode(joinConfiguration, { afterAttempts: 99 });

    const { status, stdout } = node.run({ JOIN_LIMIT_SECONDS: '3' });

    expect(status).toBe(1);
    expect(stdout).toContain('ParameterNotFound');
    expect(node.read('given')).toBeUndefined();
  });

  test.each([
    ['of another kind', 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n'],
    [
      'with a second document',
      `${joinConfiguration}---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n`,
    ],
    ['that is a script', '#!/bin/sh\necho owned\n'],
  ])('refuses a configuration %s', (_what, configuration) => {
    const node = makeNode(configuration);

    const { status, stdout } = node.run();

    expect(status).toBe(1);
    expect(stdout).toContain('nothing was run');
    expect(node.read('given')).toBeUndefined();
    expect(readdirSync(join(node.root, 'etc/kubernetes'))).toEqual([]);
  });

  test('does nothing on the boots after it has joined', () => {
    const node = makeNode(joinConfiguration);
    node.run();

    const { status, stdout } = node.run();

    expect(status).toBe(0);
    expect(stdout).toContain('already joined');
    expect(node.read('attempts')?.trim().split('\n')).toHaveLength(1);
  });

  const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  test.skipIf(!hasShellcheck)('passes shellcheck (skipped where that is not installed)', () => {
    expect(spawnSync('shellcheck', [script], { encoding: 'utf8' }).stdout).toBe('');
  });
});
