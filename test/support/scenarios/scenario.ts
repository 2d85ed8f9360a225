import { expect, onTestFinished } from 'vitest';
import { driven } from '../../../rehearsal/local-deployment.ts';
import type { Denial } from '../../../simulator/iam/authorizer.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { ApiClient, type Credentials } from '../../../simulator/kubernetes/node/api-client.ts';
import { FaultScenario, type FaultScenarioOptions } from './fault-scenario.ts';

/** What a scenario without planted faults is prepared with. */
export interface ScenarioOptions extends FaultScenarioOptions {
  /** Actions that IAM is expected to refuse in it. Default none: a permission that is missing fails the scenario. */
  readonly denied?: readonly string[];
  /**
   * Whether the caller looks at {@link unexpectedRefusals} itself. Default false: the end of the test does, and holds the world
   * until then, which a test that plays a hundred cannot afford.
   */
  readonly checksRefusals?: boolean;
}

/** A page that somebody was sent. */
interface Page {
  readonly subject: string;
  readonly message: string;
}

/** Prepares a scenario that fails at its end if IAM refused anything that it does not expect. Only inside a test. */
export async function rehearse({
  denied = [],
  checksRefusals = false,
  ...options
}: ScenarioOptions = {}): Promise<FaultScenario> {
  const scenario = await FaultScenario.prepare(options);
  await subscribe(scenario);
  if (!checksRefusals) checkAtTheEnd(scenario, denied);
  return scenario;
}

function checkAtTheEnd(scenario: FaultScenario, denied: readonly string[]): void {
  // Vitest keeps what it calls here until all tests of the file are over, and the world with it.
  let held: FaultScenario | undefined = scenario;
  onTestFinished(() => {
    const refusals = held && unexpectedRefusals(held, denied);
    held = undefined;
    expect(refusals).toEqual([]);
  });
}

/** What IAM has refused, and neither the scenario nor the world expects. */
export function unexpectedRefusals(scenario: FaultScenario, denied: readonly string[] = []): string[] {
  const refusals = scenario.cloud.authorizer.denials().filter((denial) => !denied.includes(denial.action));
  const unexpected = refusals.filter((denial) => !isForWithdrawnParameter(scenario, denial));
  return [...new Set(unexpected.map(({ message }) => message))];
}

/** A machine asks on for its parameter when that is gone, and the tag that allowed it is gone with it (S41). */
function isForWithdrawnParameter({ cloud }: FaultScenario, { roleName, action, resource }: Denial): boolean {
  const name = resource.split(':parameter').at(-1) ?? '';
  const ofNode = roleName.endsWith('-node') && action === 'ssm:GetParameter';
  return ofNode && /^\/tender\/(join|restore)\//.test(name) && cloud.parameters.valueOf(name) === undefined;
}

/** The states that a workflow's nth execution has entered (from the end with -1), in order, repeated ones as often. */
export function trace({ deployment }: FaultScenario, index = 0, workflow = 'node-bootstrap'): string[] {
  const execution = deployment.executions(workflow).at(index);
  if (!execution) throw new Error(`there is no execution ${index} of ${workflow}`);
  return execution.run.history.flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
}

/** The state transitions that AWS bills for a workflow's nth execution. */
export function transitions({ deployment }: FaultScenario, index = 0, workflow = 'node-bootstrap'): number {
  return deployment.executions(workflow).at(index)?.run.billedTransitions ?? 0;
}

/** The Node of an instance whose cluster names nodes by private DNS name, or of this name. */
export function nodeOf({ cloud, cluster }: FaultScenario, instanceOrName: string): ClusterNode | undefined {
  const name = cloud.fleet.instances.all.get(instanceOrName)?.privateDnsName ?? instanceOrName;
  return cluster.kubernetes.store.find<ClusterNode>('nodes', name);
}

/** The lifecycle state of a member of the worker group; undefined when it is none any more. */
export function lifecycleState({ cloud, cluster }: FaultScenario, instanceId: string): string | undefined {
  return cloud.fleet.groups.all.get(cluster.workersGroup)?.members.get(instanceId)?.state;
}

/** How launch hooks ended: `CONTINUE i-0abc`, in order; those that nobody answered begin with `TIMEOUT`. */
export function hookAnswers(scenario: FaultScenario): string[] {
  return scenario.world.history.entries.flatMap(({ event, details }) => {
    if (event === 'LifecycleActionCompleted') return [`${String(details.result)} ${String(details.instanceId)}`];
    return event === 'LifecycleActionTimedOut' ? [`TIMEOUT ${String(details.instanceId)}`] : [];
  });
}

/** What was mailed to people through the alarm topic. */
export function pages({ cloud, deployment }: FaultScenario): Page[] {
  const topicArn = deployment.resource('AlarmTopic');
  return cloud.topics.mails.filter((mail) => mail.topicArn === topicArn);
}

/** The JSON objects in the state bucket whose key begins like this, by key. */
export function stored({ cloud, deployment }: FaultScenario, prefix: string): Map<string, Record<string, unknown>> {
  const bucket = cloud.buckets.find(deployment.resource('StateBucket'));
  return new Map(
    [...(bucket?.versions.entries() ?? [])].flatMap(([key, versions]) => {
      const current = versions.at(-1);
      if (!key.startsWith(prefix) || !current || current.deleteMarker) return [];
      return [[key, JSON.parse(Buffer.from(current.body).toString('utf8')) as Record<string, unknown>]];
    }),
  );
}

/** The parameter that holds an instance's join configuration. */
export function joinParameter(instanceId: string, cluster = 'demo'): string {
  return `/tender/join/${cluster}/${instanceId}`;
}

/** The bootstrap token that an instance was given, as somebody who has got hold of the parameter reads it. Waits until it is minted. */
export async function leakedToken({ world, cloud }: FaultScenario, instanceId: string): Promise<string> {
  const text = () => cloud.parameters.valueOf(joinParameter(instanceId));
  await world.until('the token is minted', () => text() !== undefined, 600_000);
  const token = /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/.exec(text() ?? '')?.[0];
  if (token === undefined) throw new Error('the join configuration holds no token');
  return token;
}

/** Calls the API server from outside the fleet with these credentials. */
export function callKubernetes<T>(
  { cloud, cluster }: FaultScenario,
  credentials: Credentials,
  call: (api: ApiClient) => Promise<T>,
): Promise<T> {
  const { kubernetes } = cluster;
  const send: ConstructorParameters<typeof ApiClient>[0] = (request) =>
    kubernetes.handle(request, { kind: 'outside', name: 'somebody' });
  return driven(cloud, () => call(new ApiClient(send, `${kubernetes.host}:6443`, credentials)));
}

/** A client certificate request as a kubelet sends it. `username` is the server's to fill in. */
export function certificateRequestObject(name: string, pem: string, signerName: string, usage: string): object {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: ['digital signature', usage] },
  };
}

async function subscribe(scenario: FaultScenario): Promise<void> {
  await scenario.operate('sns', 'Subscribe', {
    TopicArn: scenario.deployment.resource('AlarmTopic'),
    Protocol: 'email',
    Endpoint: 'on-call@example.com',
  });
}
