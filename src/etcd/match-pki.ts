import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { load } from 'js-yaml';
import type { RestoredEtcd } from './drill-ports.ts';
import { encryptionOf } from './encryption-of.ts';
import type { PkiFiles } from './pki-ports.ts';

/** Whether a cluster's PKI fits what is in its etcd. */
export interface PkiMatch {
  /** What shows that it does: `ca`, `front-proxy-ca`, `encryption`. */
  readonly evidence: readonly string[];
  /** What shows that it does not; names of files and keys only, never their contents. */
  readonly problems: readonly string[];
}

/** Written by the controller manager, and by the API server itself: the authorities that the cluster believes in. */
const AUTHORITIES = {
  ca: '/registry/configmaps/kube-system/kube-root-ca.crt',
  'front-proxy-ca': '/registry/configmaps/kube-system/extension-apiserver-authentication',
} as const;
const PAIRS = ['ca', 'front-proxy-ca', 'etcd/ca'] as const;
const SECRETS = '/registry/secrets/';

/**
 * Compares the authorities of a PKI with those that the objects in etcd name, the provider that encrypted the last Secret with its configuration,
 * and its certificates with their own keys. At least the cluster's authority has to be found: without evidence nothing matches.
 */
export async function matchPki(files: PkiFiles, etcd: Pick<RestoredEtcd, 'read' | 'lastWritten'>): Promise<PkiMatch> {
  const evidence: string[] = [];
  const problems = [...missing(files), ...unpaired(files)];
  for (const [name, key] of Object.entries(AUTHORITIES)) {
    const value = await etcd.read(key);
    const certificate = files.get(`${name}.crt`);
    if (!value || certificate === undefined) continue;
    if (holds(value, certificate)) evidence.push(name);
    else problems.push(`${key} names another authority than ${name}.crt`);
  }
  const encryption = encryptionOf(await etcd.lastWritten(SECRETS));
  if (encryption !== undefined && encryption !== 'identity') {
    if (provides(files.get('encryption-configuration.yaml'), encryption)) evidence.push('encryption');
    else problems.push(`Secrets are encrypted by ${encryption}, and no configuration of that is there`);
  }
  if (!evidence.includes('ca') && problems.length === 0)
    problems.push(`${AUTHORITIES.ca} is not there to compare with`);
  return { evidence, problems };
}

function missing(files: PkiFiles): readonly string[] {
  return ['ca.crt', 'sa.key'].filter((name) => !files.has(name)).map((name) => `${name} is not in it`);
}

// An authority elsewhere has no key here.
function unpaired(files: PkiFiles): readonly string[] {
  const pairs = PAIRS.flatMap((name) => {
    const [certificate, key] = [files.get(`${name}.crt`), files.get(`${name}.key`)];
    if (certificate === undefined || key === undefined) return [];
    const fits = attempt(() => new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)));
    return fits ? [] : [`${name}.key is not the key of ${name}.crt`];
  });
  const [pub, key] = [files.get('sa.pub'), files.get('sa.key')];
  if (pub === undefined || key === undefined) return pairs;
  const fits = attempt(() => exported(createPublicKey(pub)) === exported(createPublicKey(createPrivateKey(key))));
  return fits ? pairs : [...pairs, 'sa.key is not the key of sa.pub'];
}

function exported(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

function attempt(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

/** Whether an object, in JSON or in protobuf, has this certificate in it: in either form its lines of base64 are in there as they are. */
function holds(object: Uint8Array, certificate: string): boolean {
  const lines = certificate.split('\n').map((line) => line.trim());
  const body = lines.slice(
    lines.indexOf('-----BEGIN CERTIFICATE-----') + 1,
    lines.indexOf('-----END CERTIFICATE-----'),
  );
  const text = Buffer.from(object).toString('latin1');
  return body.length > 0 && body.every((line) => text.includes(line));
}

interface EncryptionConfiguration {
  readonly resources?: readonly {
    readonly providers?: readonly Readonly<
      Record<string, { readonly name?: string; readonly keys?: readonly { readonly name?: string }[] } | null>
    >[];
  }[];
}

/** Whether a configuration has the provider `aescbc key1` or `kms plugin`. */
function provides(configuration: string | undefined, encryption: string): boolean {
  const parsed = attemptYaml(configuration);
  const [provider = '', key] = encryption.split(' ');
  const all = (parsed?.resources ?? []).flatMap(({ providers = [] }) => providers);
  return all.some((one) => {
    const found = one[provider];
    return found?.name === key || (found?.keys ?? []).some(({ name }) => name === key);
  });
}

function attemptYaml(text: string | undefined): EncryptionConfiguration | undefined {
  try {
    return text === undefined ? undefined : (load(text) as EncryptionConfiguration);
  } catch {
    return undefined;
  }
}
