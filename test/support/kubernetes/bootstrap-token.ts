import { randomInt } from 'node:crypto';
import type { KubernetesObject } from './contract-target.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

export interface BootstrapToken {
  /** What a client sends: `<id>.<secret>`. */
  readonly token: string;
  readonly secretName: string;
  /** The Secret that makes the token valid. */
  readonly secret: KubernetesObject;
}

/** A token in Tender's group that expires at the given time; `data` replaces or (undefined) removes single values. */
export function bootstrapToken(
  expiresAt: number,
  data: Readonly<Record<string, string | undefined>> = {},
): BootstrapToken {
  const id = letters(6);
  const secret = letters(16);
  const values = {
    'token-id': id,
    'token-secret': secret,
    description: 'joins i-0123456789abcdef0',
    expiration: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    'usage-bootstrap-authentication': 'true',
    'usage-bootstrap-signing': 'true',
    'auth-extra-groups': 'system:bootstrappers:tender',
    ...data,
  };
  const present = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const secretName = `bootstrap-token-${id}`;
  return {
    token: `${id}.${secret}`,
    secretName,
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: Object.fromEntries(present.map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    },
  };
}

function letters(count: number): string {
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');
}
