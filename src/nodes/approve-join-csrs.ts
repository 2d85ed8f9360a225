import { readCertificateRequest } from './certificate-request.ts';
import { concerns, requestersOf } from './check-join.ts';
import { InstanceNotVisible, JoinRefused } from './errors.ts';
import { type CsrOwner, judgeClientCsr, judgeServingCsr, mayServe, servingSigner, type Verdict } from './judge-csr.ts';
import { joinParameterName } from './names.ts';
import type {
  AskedCsr,
  BootstrapTokens,
  CertificateRequests,
  Groups,
  Instances,
  JoinParameters,
  NodeEvents,
} from './ports.ts';

interface ApprovePorts {
  readonly instances: Instances;
  readonly groups: Pick<Groups, 'memberships'>;
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
 * Can run again: client requests that were decided before are judged with the rest, so that a run that died after deciding is finished, and one
 * that somebody else approved is found out. Deleting twice is fine.
 * @throws JoinRefused after denying, when a client request is refused; InstanceNotVisible.
 */
export async function approveJoinCsrs(
  input: ApproveInput,
  ports: ApprovePorts,
  cluster: string,
): Promise<CsrDecisions> {
  const instance = (await ports.instances.describe([input.instanceId])).get(input.instanceId);
  if (!instance) throw new InstanceNotVisible(input.instanceId);
  const asked = (await ports.csrs.askedBy(requestersOf(input))).filter((csr) => concerns(csr, input));
  const owner: CsrOwner = { instance, nodeName: input.nodeName, tokenId: input.tokenId };
  const lifecycleState = asked.some((csr) => !isClient(csr) && csr.decision === undefined)
    ? await stateOf(input, ports.groups)
    : '';
  const judged = asked
    .filter((csr) => csr.decision === undefined || isClient(csr))
    .map((csr) => ({
      csr,
      reasons: isClient(csr) ? clientReasons(csr, owner, asked, input) : servingReasons(csr, owner, lifecycleState),
    }));

  const refused = judged.filter(({ reasons }) => reasons.length > 0);
  const undecided = ({ csr }: Judged) => csr.decision === undefined;
  for (const { csr, reasons } of refused.filter(undecided))
    await ports.csrs.deny(csr.name, `Tender: ${reasons.join('; ')}`);
  const fine = judged.filter(({ reasons }) => reasons.length === 0);
  const approved = fine.filter(undecided).map(({ csr }) => csr);
  for (const csr of approved) await ports.csrs.approve(csr.name, `Tender: it is the request of ${input.instanceId}`);

  const refusedClients = refused.filter(({ csr }) => isClient(csr));
  const tokenSpent = input.tokenSpent || fine.some(({ csr }) => isClient(csr));
  // Once it is spent it is gone: Parameter Store grants three deletions a second to a whole account.
  const endsToken = (tokenSpent && !input.tokenSpent) || refusedClients.length > 0;
  if (input.tokenId !== undefined && endsToken) {
    await ports.tokens.delete(input.tokenId);
    await ports.parameters.delete(joinParameterName(cluster, input.instanceId));
  }
  const told = refused.filter(undecided).map(({ csr, reasons }) => ({ csr: csr.name, reasons }));
  await tellTheNode(ports.events, input.nodeName, approved, told);
  if (refusedClients.length > 0)
    throw new JoinRefused(input.instanceId, [...new Set(refusedClients.flatMap(({ reasons }) => reasons))]);
  return { approved: approved.map((csr) => csr.name), refused: told, tokenSpent };
}

interface Judged {
  readonly csr: AskedCsr;
  /** Why it is refused; none: it is approved. */
  readonly reasons: readonly string[];
}

function isClient(csr: AskedCsr): boolean {
  return csr.signerName !== servingSigner;
}

function servingReasons(csr: AskedCsr, owner: CsrOwner, lifecycleState: string): readonly string[] {
  const place = mayServe(lifecycleState)
    ? []
    : [`the instance is ${lifecycleState}, neither at its launch hook nor in service`];
  return [...place, ...reasonsOf(judgeServingCsr(csr, owner))];
}

/** @throws InstanceNotVisible while Auto Scaling does not show that its hook waits: too early to deny anything. */
async function stateOf({ instanceId }: ApproveInput, groups: ApprovePorts['groups']): Promise<string> {
  const state = (await groups.memberships([instanceId])).get(instanceId)?.lifecycleState;
  if (state === undefined || state === 'Pending') throw new InstanceNotVisible(instanceId);
  return state;
}

/** One token is for one machine, and a machine is known by its key: a kubelet that asks again has the same. */
function clientReasons(
  csr: AskedCsr,
  owner: CsrOwner,
  all: readonly AskedCsr[],
  { tokenSpent }: ApproveInput,
): readonly string[] {
  const clients = all.filter(isClient);
  const keys = new Set(clients.map(({ request }) => readCertificateRequest(request)?.publicKeyHash));
  if (keys.size > 1) return ['one token was used with different keys, so more than one machine has it'];
  // The approved request is kept for an hour; without it nothing says whose key this is.
  const known = !tokenSpent || clients.some(({ decision }) => decision === 'approved');
  const reasons = reasonsOf(judgeClientCsr(csr, known ? owner : { ...owner, tokenId: undefined }));
  return reasons.length === 0 && csr.decision === 'denied' ? ['somebody denied its client certificate'] : reasons;
}

function reasonsOf(verdict: Verdict): readonly string[] {
  return verdict.approve ? [] : verdict.reasons;
}

async function tellTheNode(
  events: NodeEvents,
  nodeName: string,
  approved: readonly AskedCsr[],
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
