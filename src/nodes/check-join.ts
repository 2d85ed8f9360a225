import { bootstrapUser } from './bootstrap-token.ts';
import { clientSigner } from './judge-csr.ts';
import { type NextJoinStep, nextJoinStep } from './next-join-step.ts';
import { isNodeOf } from './node-name.ts';
import type { AskedCsr, CertificateRequests, Instances, JoinPolicy, Nodes, PendingCsr, Pods, Role } from './ports.ts';

interface CheckPorts {
  readonly instances: Instances;
  readonly nodes: Nodes;
  readonly pods: Pods;
  readonly csrs: CertificateRequests;
  /** Whether an instance that the asking execution has claimed goes in any case. */
  readonly leaving: { leaves(cluster: string, instanceId: string, owner: string): Promise<boolean> };
}

interface CheckInput {
  readonly cluster: string;
  /** ARN of the execution that asks. */
  readonly owner: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly role: Role;
  /** Absent when Tender minted no token (yet). */
  readonly tokenId?: string | undefined;
  /** Whether that token was deleted after its first certificate. */
  readonly tokenSpent: boolean;
  /** Whether Tender is to mint its token and has not yet. */
  readonly needsOffer: boolean;
  /** Whether the API server did not answer at the look before this one. */
  readonly apiServerWasAway: boolean;
  /** ISO 8601. */
  readonly joinBy: string;
}

/**
 * Looks at a joining instance once and says what it needs next. Reads only.
 * An API server that does not answer is an observation here, not an error: the hook's heartbeat must go on (S6).
 */
export async function checkJoin(
  input: CheckInput,
  ports: CheckPorts,
  policy: JoinPolicy,
  now: Date,
): Promise<
  NextJoinStep & { readonly pendingCsrs: number; readonly nodeSeen: boolean; readonly apiServerAway: boolean }
> {
  const [instances, kubernetes, leaves] = await Promise.all([
    ports.instances.describe([input.instanceId]),
    observeKubernetes(input, ports, policy),
    ports.leaving.leaves(input.cluster, input.instanceId, input.owner),
  ]);
  const instance = instances.get(input.instanceId);
  const ageSeconds = instance ? (now.getTime() - new Date(instance.launchedAt).getTime()) / 1000 : 0;
  const seen = {
    instanceState: instance?.state,
    ageSeconds,
    needsOffer: input.needsOffer,
    tokenSpent: input.tokenSpent,
    leaves,
    apiServerWasAway: input.apiServerWasAway,
    ...kubernetes,
  };
  const step = nextJoinStep(seen, policy, input.role, new Date(input.joinBy), now);
  return {
    ...step,
    pendingCsrs: seen.pendingCsrs,
    nodeSeen: seen.node !== undefined,
    apiServerAway: seen.apiServer === 'unreachable',
  };
}

async function observeKubernetes(input: CheckInput, { nodes, pods, csrs }: CheckPorts, policy: JoinPolicy) {
  try {
    const [found, asked] = await Promise.all([
      nodes.get(input.nodeName),
      policy.csrApproval === 'off' ? [] : csrs.askedBy(requestersOf(input)),
    ]);
    const node = found && isNodeOf(found, input.instanceId) ? found : undefined;
    return {
      apiServer: 'answers' as const,
      node,
      pods: node && policy.join.requiredDaemonSets.length > 0 ? await pods.onNode(node.name) : [],
      pendingCsrs: asked.filter((csr) => concerns(csr, input) && isUnfinished(csr, input)).length,
    };
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ClusterUnreachable')) throw error;
    return { apiServer: 'unreachable' as const, node: undefined, pods: [], pendingCsrs: 0 };
  }
}

/** The users as which an instance asks for certificates: first with its token, then as its node. */
export function requestersOf({ tokenId, nodeName }: Requester): readonly string[] {
  return [`system:node:${nodeName}`, ...(tokenId === undefined ? [] : [bootstrapUser(tokenId)])];
}

/**
 * Whether the request is Tender's to judge: what is asked with its token, and what its node asks for to serve. A node that asks for a client
 * certificate renews the one it has, and that is the controller-manager's to approve.
 */
export function concerns(csr: PendingCsr, { tokenId, nodeName }: Requester): boolean {
  if (tokenId !== undefined && csr.username === bootstrapUser(tokenId)) return true;
  return csr.signerName !== clientSigner && csr.username === `system:node:${nodeName}`;
}

interface Requester {
  readonly tokenId?: string | undefined;
  readonly nodeName: string;
}

/** Undecided; or decided by a step that died before it deleted the token. */
function isUnfinished({ decision, signerName }: AskedCsr, { tokenSpent }: CheckInput): boolean {
  return decision === undefined || (signerName === clientSigner && !tokenSpent);
}
