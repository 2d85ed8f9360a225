import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DocumentTree, type TreeContents } from '../../support/documents/document-tree.ts';
import { root } from '../../support/source-files.ts';

const long = process.env.TENDER_LONG !== undefined;
/** Documents that are killed half-way on a tree with a real etcd, or with a real PKI. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'back-up-pki': 'test/contract/etcd/back-up-pki.test.ts',
  'restore-control-plane': 'test/contract/etcd/restore-documents.test.ts',
};

const key = '0123456789abcdef'.repeat(4);
const token = 'abcdef.0123456789abcdef';

/** A document, what it finds, and what holds when it was killed anywhere and was run again. */
interface Killed extends TreeContents {
  readonly document: string;
  readonly what: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Reads only: the machine has the same files whenever it was killed. */
  readonly changesNothing: boolean;
  /** No output, whole or cut off, has it, and when the document was run again no file that was not there before. */
  readonly secret?: string;
  /** What the second run says, and what the programs have noted by then. */
  readonly assess: (said: string, noted: ReadonlyMap<string, string>) => void;
  /** Where each of its commands is too many for a run of all tests. */
  readonly everyNth?: number;
}

const kubeadm = {
  '/etc/kubernetes/manifests/kube-apiserver.yaml': 'kind: Pod\n',
  '/etc/kubernetes/manifests/etcd.yaml':
    '    - --data-dir=/var/lib/etcd\n    - --name=cp-1\n    image: registry.k8s.io/etcd:3.6.4-0\n',
  '/etc/kubernetes/pki/ca.key': 'the key of the authority\n',
};
const units = `case "$1" in
  is-active) if [ -e "$TENDER_STATE/$2" ]; then echo active; else echo inactive; exit 3; fi ;;
  restart) echo "$2" >> "$TENDER_STATE/restarts"; : > "$TENDER_STATE/$2" ;;
esac`;
// A restart of what was installed already would be one more line.
const updateEngine = `case "$1" in
  -status) if [ -e "$TENDER_STATE/installs" ]; then echo CURRENT_OP=UPDATE_STATUS_UPDATED_NEED_REBOOT; echo NEW_VERSION=4459.2.1; else echo CURRENT_OP=UPDATE_STATUS_IDLE; fi ;;
  -update) echo 4459.2.1 >> "$TENDER_STATE/installs" ;;
esac`;
const flatcar = { '/etc/os-release': 'ID=flatcar\n', '/proc/sys/kernel/random/boot_id': '0b00\n' };

const cases: readonly Killed[] = [
  {
    document: 'upload-certificates',
    what: 'uploads with the key of its parameter, and leaves the key nowhere',
    parameters: { parameterName: '/tender/join/demo/i-0abcdef0123456789/certificate-key' },
    files: kubeadm,
    programs: {
      aws: `echo ${key}`,
      kubeadm: `case "$1" in
  version) echo v1.36.2 ;;
  init)
    while [ $# -gt 0 ]; do [ "$1" != --config ] || config="$2"; shift; done
    sed -n 's/^certificateKey: //p' "$config" | tee "$TENDER_STATE/uploaded" ;;
esac`,
    },
    changesNothing: false,
    secret: key,
    assess: (said, noted) => {
      expect(said).toBe('uploaded\n');
      expect(noted.get('/uploaded')).toBe(`${key}\n`);
    },
  },
  {
    document: 'collect-node-diagnosis',
    what: 'tells the logs without their secrets',
    parameters: { maxLines: '20' },
    files: {
      '/var/log/cloud-init-output.log': `joining with ${token}\n`,
      '/var/log/kubeadm.log': `--token ${token}\n`,
      '/etc/resolv.conf': 'nameserver 10.0.0.2\n',
      '/proc/meminfo': 'MemTotal: 3900000 kB\n',
    },
    programs: { journalctl: `echo "$4 failed: ${token}"`, systemctl: 'echo failed', df: 'echo disk', ip: 'echo up' },
    changesNothing: true,
    secret: token,
    assess: (said) => {
      expect(said).toContain('joining with [redacted token]');
      expect(said).toContain('kubelet failed: [redacted token]');
      expect(said).toContain('MemTotal: 3900000 kB');
    },
    everyNth: 9,
  },
  {
    document: 'inspect-control-plane',
    what: 'says which etcd is there',
    parameters: { restoreId: 'r-1' },
    files: kubeadm,
    programs: { ctr: 'echo "etcdutl version: 3.6.4"' },
    changesNothing: true,
    assess: (said) =>
      expect(JSON.parse(said)).toMatchObject({ etcd: true, fenced: false, name: 'cp-1', etcdutl: '3.6.4' }),
    everyNth: 4,
  },
  {
    document: 'restart-kubelet',
    what: 'has both units run',
    parameters: {},
    files: flatcar,
    programs: { systemctl: units, journalctl: '' },
    changesNothing: true,
    assess: (said, noted) => {
      expect(said).toMatch(/containerd: active now\nkubelet: active now\n$/);
      expect(noted.get('/restarts')).toMatch(/containerd\nkubelet\n$/);
    },
    everyNth: 2,
  },
  {
    document: 'update-and-reboot',
    what: 'installs what is new once',
    parameters: { action: 'update' },
    files: flatcar,
    programs: { update_engine_client: updateEngine, systemctl: 'echo inactive', journalctl: '' },
    changesNothing: true,
    assess: (said, noted) => {
      expect(said).toContain('reboot-required: yes\nversion-changes: yes\nnew-version: 4459.2.1\n');
      expect(noted.get('/installs')).toBe('4459.2.1\n');
    },
    everyNth: 2,
  },
  {
    document: 'update-and-reboot',
    what: 'orders the reboot of the boot that was meant',
    parameters: { action: 'reboot', bootId: '0b00' },
    files: flatcar,
    programs: { shutdown: 'echo "$*" >> "$TENDER_STATE/shutdowns"' },
    changesNothing: true,
    assess: (said, noted) => {
      expect(said).toContain('why: it reboots in a minute');
      expect(noted.get('/shutdowns')).toMatch(/^(-r \+1 Tender reboots this machine\n)+$/);
    },
  },
];

describe('SSM documents that are killed half-way', { timeout: 120_000 }, () => {
  it.each(cases)('$document, killed before its commands and run again, $what', async (killed) => {
    let died = true;
    let deaths = 0;
    for (let killAt = 1; died; killAt += long ? 1 : (killed.everyNth ?? 1)) {
      died = await killedAt(killed, killAt);
      deaths += died ? 1 : 0;
    }
    expect(deaths).toBeGreaterThan(2);
  });

  it.each(documentNames().map((name) => [name]))('%s is one of them', (name) => {
    const elsewhere = ELSEWHERE[name];
    const text = elsewhere === undefined ? '' : readFileSync(join(root, elsewhere), 'utf8');
    const isKilledElsewhere = text.includes(`document('${name}'`) && text.includes('killAt');
    const advice = `add a case for ${name} to test/unit/deploy/documents-killed-half-way.test.ts`;
    expect(isKilledElsewhere || cases.some(({ document }) => document === name), advice).toBe(true);
  });
});

/** Kills a document on a machine of its own, and runs it again there. Says whether it died before it was done. */
async function killedAt(killed: Killed, killAt: number): Promise<boolean> {
  const { document, parameters, changesNothing, secret, assess } = killed;
  const tree = await DocumentTree.make(killed);
  try {
    const before = await tree.files();
    const first = await tree.run(document, parameters, killAt);
    if (changesNothing) expect(await tree.files()).toEqual(before);

    const second = await tree.run(document, parameters);

    expect({ killAt, code: second.code, stderr: second.stderr }).toEqual({ killAt, code: 0, stderr: '' });
    assess(second.stdout, await tree.state());
    if (secret !== undefined) {
      expect(first.stdout + first.stderr + second.stdout).not.toContain(secret);
      const added = [...(await tree.files())].filter(([path]) => !before.has(path));
      expect(added.filter(([, text]) => text.includes(secret))).toEqual([]);
    }
    return first.code === undefined;
  } finally {
    await tree.remove();
  }
}

function documentNames(): readonly string[] {
  return globSync('deploy/ssm-documents/*.yaml', { cwd: root }).map((file) => basename(file, '.yaml'));
}
