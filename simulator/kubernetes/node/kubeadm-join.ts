import { load as loadYaml } from 'js-yaml';
import { ConnectionError } from '../../wire/http.ts';
import type { ClusterNode, ConfigMap } from '../api/objects.ts';
import { conditionOf } from '../api/objects.ts';
import { signClusterInfo } from '../controllers/bootstrap-tokens.ts';
import { CLIENT_SIGNER } from '../controllers/certificate-requests.ts';
import { certificateHash, type KeyPair, newCertificateRequest, newKeyPair } from '../pki/certificates.ts';
import { ApiClient, ApiFailure, type Send } from './api-client.ts';
import { downloadCertificates } from './control-plane-certificates.ts';
import type { JoinConfiguration } from './join-configuration.ts';
import { requestCertificate } from './kubelet.ts';

/** What a join gives: a client certificate of `system:node:<name>`. */
export interface JoinedNode {
  readonly api: ApiClient;
  /** The key of the cluster's authority, of a control-plane node. */
  readonly caKey?: string;
  readonly certificate: string;
  readonly pair: KeyPair;
}

/** What a join needs of its surroundings. */
export interface JoinSurroundings {
  readonly send: Send;
  readonly nodeName: string;
  /** The name that the certificate request claims; differs only on a node that cheats. */
  readonly claimedName?: string;
  readonly journal: (line: string) => void;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

const DISCOVERY_TIMEOUT_MS = 300_000;
const RETRY_MS = 5_000;
const KUBELET_RESTART_MS = 10_000;

interface Kubeconfig {
  clusters?: { cluster?: { server?: string; 'certificate-authority-data'?: string } }[];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether cluster-info can be believed; the sentence of kubeadm when not. */
function discoveryProblem(info: ConfigMap, { token, caCertHashes }: JoinConfiguration): string | undefined {
  const [id = '', secret = ''] = token.split('.');
  const kubeconfig = info.data?.kubeconfig ?? '';
  const signature = info.data?.[`jws-kubeconfig-${id}`];
  if (!signature) return `could not find a JWS signature in the cluster-info ConfigMap for token ID "${id}"`;
  if (signature !== signClusterInfo(kubeconfig, id, secret))
    return "failed to verify JWS signature of received cluster info object, can't trust this API Server";
  const authority = (loadYaml(kubeconfig) as Kubeconfig).clusters?.[0]?.cluster?.['certificate-authority-data'] ?? '';
  const hash = certificateHash(Buffer.from(authority, 'base64').toString('utf8'));
  if (caCertHashes.length > 0 && !caCertHashes.includes(hash))
    return `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${hash}" are pinned`;
  return undefined;
}

async function discover(api: ApiClient, join: JoinConfiguration, around: JoinSurroundings): Promise<void> {
  const deadline = around.now() + DISCOVERY_TIMEOUT_MS;
  for (;;) {
    let problem: string;
    try {
      const info = await api.get<ConfigMap>('/api/v1/namespaces/kube-public/configmaps/cluster-info');
      const found = discoveryProblem(info, join);
      if (found === undefined) return;
      problem = found;
    } catch (error) {
      problem = messageOf(error);
    }
    around.journal(`[discovery] Failed to request cluster-info, will try again: ${problem}`);
    if (around.signal.aborted || around.now() >= deadline)
      throw new Error(`couldn't validate the identity of the API Server: ${problem}`);
    await around.sleep(RETRY_MS);
  }
}

async function preflight(api: ApiClient, nodeName: string): Promise<void> {
  await api.get('/api/v1/namespaces/kube-system/configmaps/kubeadm-config');
  await api.get('/api/v1/namespaces/kube-system/configmaps/kubelet-config');
  try {
    const node = await api.get<ClusterNode>(`/api/v1/nodes/${nodeName}`);
    if (conditionOf(node, 'Ready')?.status === 'True')
      throw new Error(
        `a Node with name "${nodeName}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node`,
      );
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
  }
}

/** An API server that goes away ends the kubelet; systemd starts it again after ten seconds, and it asks anew with the key that it has. */
async function bootstrapCertificate(api: ApiClient, pem: string, around: JoinSurroundings): Promise<string> {
  for (;;) {
    try {
      return await requestCertificate(api, pem, CLIENT_SIGNER, 'client auth', around.signal);
    } catch (error) {
      if (!(error instanceof ConnectionError) || around.signal.aborted) throw error;
      around.journal(`[kubelet-start] The kubelet starts again: ${error.message}`);
      await around.sleep(KUBELET_RESTART_MS);
    }
  }
}

/**
 * `kubeadm join` as far as the client certificate: discovery with the pinned CA and the token's signature, the
 * ConfigMaps of kubeadm, the certificates of a control-plane node, then the kubelet's TLS bootstrap with the token.
 * @throws Error with what the real tools would print.
 */
export async function joinCluster(join: JoinConfiguration, around: JoinSurroundings): Promise<JoinedNode> {
  const anonymous = new ApiClient(around.send, join.endpoint, {});
  around.journal('[preflight] Running pre-flight checks');
  await discover(anonymous, join, around);
  const api = anonymous.as({ token: join.token });
  around.journal('[preflight] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...');
  await preflight(api, around.nodeName);
  // With the token, which is spent once the kubelet has its certificate.
  const caKey = join.certificateKey === undefined ? undefined : await downloadCertificates(api, join.certificateKey);
  around.journal('[kubelet-start] Starting the kubelet');
  around.journal('[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap');
  const pair = newKeyPair();
  const commonName = `system:node:${around.claimedName ?? around.nodeName}`;
  const pem = newCertificateRequest(pair, { commonName, organizations: ['system:nodes'] });
  const certificate = await bootstrapCertificate(api, pem, around);
  around.journal('[kubelet-start] The kubelet has its client certificate');
  return { api: anonymous.as({ certificate }), certificate, pair, ...(caKey !== undefined && { caKey }) };
}
