import { execFileSync } from 'node:child_process';
import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeadmTree } from '../../../rehearsal/kubeadm-tree/kubeadm-tree.ts';
import { openPki } from '../../../src/etcd/open-pki.ts';
import type { PkiBackup, PkiKey } from '../../../src/etcd/pki-ports.ts';
import { clusterPki, encryptionConfiguration } from '../../support/etcd/cluster-pki.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { root } from '../../support/source-files.ts';

const { title, release } = anyEtcd();
const long = process.env.TENDER_LONG !== undefined;
const nowhere = 'https://127.0.0.1:1';

/** A pair as KMS has it. */
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
const recipient = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const key: PkiKey = {
  publicKey: async () => recipient,
  unwrap: async (wrapped) =>
    privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, wrapped),
};

describe.skipIf(!release)(title, () => {
  let folder: string;
  let node: KubeadmTree;
  let pki: ReadonlyMap<string, string>;
  beforeAll(async () => {
    if (!release) return;
    folder = await mkdtemp(join(tmpdir(), 'pki-'));
    node = new KubeadmTree(release, folder, { name: 'cp-1', url: nowhere, peerUrl: nowhere, advertised: nowhere });
    await node.make({}, '');
    pki = await clusterPki();
    for (const [name, text] of pki) await node.write(`/etc/kubernetes/pki/${name}`, text);
  });
  afterAll(async () => {
    await node?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const inMemory = () => node.list('/dev/shm');
  const answer = async (known = 'none') => {
    const { stdout, stderr, code } = await node.document('back-up-pki', { recipient, known });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return JSON.parse(stdout) as PkiBackup & { readonly outcome: string };
  };

  it('leaves the node only encrypted, and opens to what was there; the same again is not sent', async () => {
    const backup = await answer();

    expect(backup).toMatchObject({ outcome: 'changed', files: expect.arrayContaining([...pki.keys()]), absent: [] });
    expect(await openPki(backup, key)).toEqual(pki);
    const sent = JSON.stringify(backup);
    for (const text of pki.values())
      for (const line of text.split('\n').filter((each) => each.length > 30)) expect(sent).not.toContain(line);
    expect(await answer(backup.fingerprint)).toEqual({ outcome: 'unchanged', fingerprint: backup.fingerprint });
    expect(await inMemory()).toEqual([]);
  });

  it('takes the EncryptionConfiguration from where the API server has it, and names what is not there', async () => {
    const manifest = await node.read('/etc/kubernetes/manifests/kube-apiserver.yaml');
    const flag = '    - --encryption-provider-config=/etc/kubernetes/enc/enc.yaml';
    await node.write(
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      manifest.replace('    - kube-apiserver', `    - kube-apiserver\n${flag}`),
    );
    expect(await answer()).toMatchObject({ absent: ['encryption-configuration.yaml'] });
    await node.write('/etc/kubernetes/enc/enc.yaml', encryptionConfiguration('key1'));

    const files = await openPki(await answer(), key);

    expect(files.get('encryption-configuration.yaml')).toBe(encryptionConfiguration('key1'));
    await node.write('/etc/kubernetes/manifests/kube-apiserver.yaml', manifest);
  });

  it('is not opened when a byte of it was changed', async () => {
    const backup = await answer();
    const data = Buffer.from(backup.data, 'base64');
    data[100] = 0xff ^ (data[100] ?? 0);

    await expect(openPki({ ...backup, data: data.toString('base64') }, key)).rejects.toMatchObject({
      name: 'PkiUnreadable',
    });
    await expect(openPki({ ...backup, fingerprint: 'f'.repeat(64) }, key)).rejects.toMatchObject({
      name: 'PkiUnreadable',
    });
  });

  it('can be killed before its commands, and run again: then nothing that is secret is left in memory', async () => {
    let died = true;
    for (let killAt = 1; died; killAt += long ? 1 : 9) {
      const { stdout, code } = await node.document('back-up-pki', { recipient, known: 'none' }, { killAt });
      died = code === undefined;
      expect({ killAt, stdout }).toEqual({ killAt, stdout: expect.stringMatching(/^$|^\{.*\}\n$/) });
      expect(await openPki(await answer(), key)).toEqual(pki);
      expect(await inMemory()).toEqual([]);
    }
  }, 120_000);

  it('refuses where there is no kubeadm, and says so without a secret', async () => {
    const other = new KubeadmTree(release as NonNullable<typeof release>, join(folder, 'other'), node.member);
    await other.make({}, '');
    const { stdout, stderr, code } = await other.document('back-up-pki', { recipient, known: 'none' });
    await other.stop();

    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toContain('this is no control-plane node of kubeadm');
  });

  it('opens by hand, with the commands of the manual', async () => {
    const backup = await answer();
    const manual = readFileSync(join(root, 'docs/etcd.md'), 'utf8');
    const commands = /```\n(jq -r \.data pki\.json[\s\S]*?)```/.exec(manual)?.[1] ?? 'exit 9';
    const place = join(folder, 'by-hand');
    await node.run(`mkdir -p '${place}'`);
    await writeFile(join(place, 'pki.json'), JSON.stringify(backup));
    await writeFile(join(place, 'password'), await key.unwrap(Buffer.from(backup.key, 'base64')));

    execFileSync('bash', ['-euc', commands], { cwd: place });

    for (const [name, text] of pki) expect(readFileSync(join(place, 'pki', name), 'utf8')).toBe(text);
  });
});
