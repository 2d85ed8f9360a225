import { load as loadYaml } from 'js-yaml';
import type { Taint } from '../api/objects.ts';

/** What `kubeadm join` reads of its configuration (kubeadm.k8s.io/v1beta4, v1beta3 with a map of extra args). */
export interface JoinConfiguration {
  readonly endpoint: string;
  readonly token: string;
  readonly caCertHashes: readonly string[];
  readonly nodeName?: string;
  /** Of a control-plane node: what the cluster's certificates are encrypted with. */
  readonly certificateKey?: string;
  readonly taints?: readonly Taint[];
  /** Flags of the kubelet, without dashes. */
  readonly kubeletArgs: ReadonlyMap<string, string>;
}

interface RawJoin {
  apiVersion?: string;
  kind?: string;
  discovery?: {
    bootstrapToken?: {
      apiServerEndpoint?: string;
      token?: string;
      caCertHashes?: string[];
      unsafeSkipCAVerification?: boolean;
    };
    tlsBootstrapToken?: string;
  };
  controlPlane?: { certificateKey?: string };
  nodeRegistration?: {
    name?: string;
    taints?: Taint[];
    kubeletExtraArgs?: { name: string; value: string }[] | Record<string, string>;
  };
}

function argumentsOf(raw: { name: string; value: string }[] | Record<string, string> | undefined): Map<string, string> {
  if (raw === undefined) return new Map();
  if (Array.isArray(raw)) return new Map(raw.map(({ name, value }) => [name, String(value)]));
  return new Map(Object.entries(raw));
}

/** Reads the join configuration among the YAML documents of a text. @throws Error with the sentence that kubeadm would print. */
export function parseJoinConfiguration(text: string): JoinConfiguration {
  const documents = text.split(/^---\s*$/m).map((part) => loadYaml(part) as RawJoin | null | undefined);
  const join = documents.find((document) => document?.kind === 'JoinConfiguration');
  if (!join) throw new Error('no JoinConfiguration found in config file');
  if (!/^kubeadm\.k8s\.io\/v1beta[34]$/.test(join.apiVersion ?? ''))
    throw new Error(`your configuration file uses an old or unknown API spec: ${JSON.stringify(join.apiVersion)}`);
  const discovery = join.discovery?.bootstrapToken;
  const endpoint = discovery?.apiServerEndpoint ?? '';
  const token = discovery?.token ?? '';
  if (endpoint === '') throw new Error('discovery.bootstrapToken.apiServerEndpoint: Required value');
  if (!/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token))
    throw new Error('discovery.bootstrapToken.token: Invalid value: the bootstrap token is invalid');
  const caCertHashes = discovery?.caCertHashes ?? [];
  if (caCertHashes.length === 0 && !discovery?.unsafeSkipCAVerification)
    throw new Error(
      'discovery.bootstrapToken.caCertHashes: Invalid value: "": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue',
    );
  const { name, taints, kubeletExtraArgs } = join.nodeRegistration ?? {};
  return {
    endpoint,
    token,
    caCertHashes,
    kubeletArgs: argumentsOf(kubeletExtraArgs),
    ...(join.controlPlane?.certificateKey !== undefined && { certificateKey: join.controlPlane.certificateKey }),
    ...(name !== undefined && { nodeName: name }),
    ...(taints !== undefined && { taints }),
  };
}

/** Labels of `--node-labels`. */
export function parseLabels(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').filter((pair) => pair !== '');
  return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']));
}

/** Taints of `--register-with-taints`: `key=value:Effect`, comma separated. */
export function parseTaints(text: string | undefined): Taint[] {
  const items = (text ?? '').split(',').filter((item) => item !== '');
  return items.map((item) => {
    const [pair = '', effect = ''] = item.split(':');
    const [key = '', value] = pair.split('=');
    return { key, effect, ...(value !== undefined && value !== '' && { value }) };
  });
}
