import { createHash, X509Certificate } from 'node:crypto';
import { dump, load } from 'js-yaml';
import { controlPlaneTaint, startupTaint } from './names.ts';
import { nodeNameOf } from './node-name.ts';
import type { Instance, JoinPolicy, Role } from './ports.ts';

/** Labels that the kubelet may not set on itself (NodeRestriction); Tender sets those. */
const kubeletForbidden = /(^|\.)(kubernetes|k8s)\.io\//;
const kubeletAllowed =
  /(^|\.)(kubelet\.kubernetes|node\.kubernetes)\.io\/|^kubernetes\.io\/(os|arch|hostname)$|^topology\.kubernetes\.io\/(region|zone)$/;

/**
 * The kubeadm JoinConfiguration (v1beta4, YAML) of one instance: where the API is, the hash of its CA, the token, the node's name, provider
 * id, startup taint and the role's labels and taints.
 * With a certificate key, that of a control-plane node.
 * Contains the token's secret: it goes into the instance's own SecureString parameter and nowhere else.
 */
export function joinConfiguration(
  policy: JoinPolicy,
  role: Role,
  instance: Instance,
  token: { id: string; secret: string },
  certificateKey?: string,
): string {
  const rolePolicy = policy.roles[role];
  // A list of taints replaces kubeadm's own, which a control plane that has none of its own is to keep.
  const own = rolePolicy?.taints ?? [];
  const taints =
    own.length === 0 && certificateKey !== undefined ? [{ key: controlPlaneTaint, effect: 'NoSchedule' }] : own;
  return dump({
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'JoinConfiguration',
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: policy.join.apiServerEndpoint ?? apiServerEndpoint(policy.kubernetes.endpoint),
        token: `${token.id}.${token.secret}`,
        caCertHashes: [caCertHash(policy.kubernetes.certificateAuthority)],
      },
    },
    nodeRegistration: {
      name: nodeNameOf(policy.nodeNames, instance),
      taints: [{ key: startupTaint, effect: 'NoSchedule' }, ...taints],
      kubeletExtraArgs: [
        { name: 'provider-id', value: `aws:///${instance.availabilityZone}/${instance.instanceId}` },
        ...cloudProviderArgument(policy),
        ...nodeLabelsArgument(rolePolicy?.labels ?? {}),
      ],
    },
    ...(certificateKey !== undefined && {
      controlPlane: { localAPIEndpoint: { advertiseAddress: instance.privateIpAddress }, certificateKey },
    }),
  });
}

/** The token of a JoinConfiguration that Tender wrote; undefined when the text is none. */
export function tokenOf(configuration: string): { readonly id: string; readonly secret: string } | undefined {
  const token = parsed(configuration)?.discovery?.bootstrapToken?.token;
  const found = typeof token === 'string' ? /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) : null;
  return found?.[1] && found[2] ? { id: found[1], secret: found[2] } : undefined;
}

function parsed(configuration: string): { discovery?: { bootstrapToken?: { token?: unknown } } } | undefined | null {
  try {
    return load(configuration) as ReturnType<typeof parsed>;
  } catch {
    // Not YAML, so nothing of ours: whoever asks replaces it.
    return undefined;
  }
}

/** kubeadm's pin of a CA: `sha256:` and the hex SHA-256 of its public key (SubjectPublicKeyInfo, DER). */
export function caCertHash(pem: string): string {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}

function apiServerEndpoint(endpoint: string): string {
  const url = new URL(endpoint);
  return `${url.hostname}:${url.port || '443'}`;
}

function cloudProviderArgument(policy: JoinPolicy): { name: string; value: string }[] {
  return policy.join.cloudProvider === 'external' ? [{ name: 'cloud-provider', value: 'external' }] : [];
}

function nodeLabelsArgument(labels: Readonly<Record<string, string>>): { name: string; value: string }[] {
  const own = Object.entries(labels).filter(([key]) => kubeletAllowed.test(key) || !kubeletForbidden.test(key));
  return own.length === 0
    ? []
    : [{ name: 'node-labels', value: own.map(([key, value]) => `${key}=${value}`).join(',') }];
}
