import { expect, it } from 'vitest';
import { assertSameCluster } from '../../../src/adoption/same-cluster.ts';

const there = { endpoint: 'https://a:6443', certificateAuthority: 'PEM of a\n', uid: 'uid-a' };
const record = (uid?: string) => ({ cluster: 'a', begunAt: '', changes: [], uid });
const entry = (endpoint: string, pem: string) =>
  JSON.stringify({ kubernetes: { endpoint, certificateAuthority: Buffer.from(pem).toString('base64') } });

it.each([
  ['nothing is known', undefined, null],
  ['its UID is on record, however it is reached', record('uid-a'), entry('https://b:6443', 'PEM of b')],
  ['the entry has its endpoint', record(), entry('https://a:6443', 'PEM before rotation')],
  ['the entry has its authority', undefined, entry('https://a.internal:6443', 'PEM of a')],
  ['the entry is broken', undefined, ': :'],
])('takes a kubeconfig where %s', (_case, known, text) => {
  expect(() => assertSameCluster('a', there, { record: known, entry: text })).not.toThrow();
});

it.each([
  ['of another UID', record('uid-b'), entry('https://a:6443', 'PEM of a')],
  ['of another endpoint and authority', undefined, entry('https://b:6443', 'PEM of b')],
])('refuses a kubeconfig of a cluster %s', (_case, known, text) => {
  expect(() => assertSameCluster('a', there, { record: known, entry: text })).toThrow('which is not cluster a');
});
