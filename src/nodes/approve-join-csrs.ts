import { readCertificateRequest } from './certificate-request.ts';
import { concerns } from './check-join.ts';
import { InstanceNotVisible, JoinRefused } from './errors.ts';
import {
  type CsrOwner,
  clientSigner,
  judgeClientCsr,
  judgeServingCsr,
  servingSigner,
  type Verdict,
} from './judge-csr.ts';
import { joinParameterName } from './names.ts';
import type {
  BootstrapTokens,
  CertificateRequests,
  Instances,
  JoinParameters,
  NodeEvents,
  PendingCsr,
} from './ports.ts';

interface ApprovePorts {
  readonly instances: Instances;
  readonly csrs: CertificateRequests;
  readonly tokens: BootstrapTokens;
  readonly parameters: JoinParameters;
  readonly events: NodeEvents;
}

interface ApproveInput {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly tokenId?: string | undefined;
  /** Whether a client request of this token was approved before: a token is good for one. */
  readonly tokenSpent: boolean;
}

/** What was decided; names and reasons only. */
export interface CsrDecisions {
  readonly approved: readonly string[];
  readonly refused: readonly { readonly csr: string; readonly reasons: readonly string[] }[];
  readonly tokenSpent: boolean;
}

/**
 * Judges the certificate requests of one joining instance: approves what is its own, denies the rest. When its first client request is
 * approved, the token and the parameter are deleted (S38).
 *
 * A refused *serving* request is denied and recorded, and the join goes on: its cost is `kubectl logs`, not an identity. A refused *client*
 * request means that somebody has the token who should not.
 * Can run again: a request that is decided is not pending any more, and deleting twice is fine.
 * @throws JoinRefused after denying, when a client request is refused; InstanceNotVisible.
 */
export async function approveJoinCsrs(
  input: ApproveInput,
  ports: ApprovePorts,
  cluster: string,
): Promise<CsrDecisions> {
  const instance = (await ports.instances.describe([input.instanceId])).get(input.instanceId);
  if (!instance) throw new InstanceNotVisible(input.instanceId);
  const pending = (await ports.csrs.pending()).filter((csr) => concerns(csr, input));
  const owner: CsrOwner = { instance, nodeName: input.nodeName, tokenId: input.tokenSpent ? undefined : input.tokenId };
  const judged = pending.map((csr) => ({ csr, verdict: judge(csr, owner, pending) }));

  await denyRefused(ports.csrs, judged);
  const approved = judged.filter(({ verdict }) => verdict.approve).map(({ csr }) => csr);
  for (const csr of approved) await ports.csrs.approve(csr.name, `Tender: it is the request of ${input.instanceId}`);

  const refusedClients = judged.filter(({ csr, verdict }) => csr.signerName === clientSigner && !verdict.approve);
  const tokenSpent = input.tokenSpent || approved.some((csr) => csr.signerName === clientSigner);
  if (input.tokenId !== undefined && (tokenSpent || refusedClients.length > 0)) {
    await ports.tokens.delete(input.tokenId);
    await ports.parameters.delete(joinParameterName(cluster, input.instanceId));
  }
  const refused = judged.flatMap(({ csr, verdict }) =>
    verdict.approve ? [] : [{ csr: csr.name, reasons: verdict.reasons }],
  );
  await tellTheNode(ports.events, input.nodeName, approved, refused);
  if (refusedClients.length > 0)
    throw new JoinRefused(input.instanceId, [...new Set(refused.flatMap(({ reasons }) => reasons))]);
  return { approved: approved.map((csr) => csr.name), refused, tokenSpent };
}

function judge(csr: PendingCsr, owner: CsrOwner, all: readonly PendingCsr[]): Verdict {
  if (csr.signerName === servingSigner) return judgeServingCsr(csr, owner);
  const keys = new Set(
    all
      .filter((other) => other.signerName === clientSigner)
      .map((other) => readCertificateRequest(other.request)?.publicKeyHash),
  );
  return keys.size > 1
    ? { approve: false, reasons: ['one token was used with different keys, so more than one machine has it'] }
    : judgeClientCsr(csr, owner);
}

async function denyRefused(
  csrs: CertificateRequests,
  judged: readonly { csr: PendingCsr; verdict: Verdict }[],
): Promise<void> {
  for (const { csr, verdict } of judged) {
    if (!verdict.approve) await csrs.deny(csr.name, `Tender: ${verdict.reasons.join('; ')}`);
  }
}

async function tellTheNode(
  events: NodeEvents,
  nodeName: string,
  approved: readonly PendingCsr[],
  refused: CsrDecisions['refused'],
): Promise<void> {
  for (const { name, signerName } of approved) {
    await events.record(nodeName, {
      type: 'Normal',
      reason: 'CertificateApproved',
      message: `${name} for ${signerName}`,
    });
  }
  for (const { csr, reasons } of refused) {
    await events.record(nodeName, {
      type: 'Warning',
      reason: 'CertificateRefused',
      message: `${csr}: ${reasons.join('; ')}`,
    });
  }
}
