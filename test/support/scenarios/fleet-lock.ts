import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { driven } from '../../../rehearsal/local-deployment.ts';
import type { TemplateResource } from '../../../simulator/cloudformation/template.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import type { Worker } from './departure.ts';
import type { FaultScenario } from './fault-scenario.ts';

export const ENDPOINT = 'vpce-0abc123';
const fleetLock = createRequire(import.meta.url)('../../../deploy/stack/fleet-lock.cjs') as (context: {
  resolveVariable: (name: string) => Promise<string>;
}) => Promise<{ Resources: Record<string, TemplateResource> }>;

/** What the stack has where the stage names a VPC endpoint. */
export async function fleetLockResources(endpoints = ENDPOINT): Promise<Record<string, TemplateResource>> {
  const resolveVariable = async (name: string) => (name === 'sls:stage' ? 'dev' : endpoints);
  return (await fleetLock({ resolveVariable })).Resources;
}

/** A request, as Zincati's FleetLock client makes them (src/fleet_lock/mod.rs): serde_json's pretty print, one header, no content type. */
export interface Question {
  readonly path: string;
  readonly id: string;
  readonly group?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly host?: string;
  readonly from?: 'instance' | 'outside';
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly kind: string;
  readonly value: string;
}

/** Sends a request into the API and waits for the answer. */
export async function ask(scenario: FaultScenario, question: Question): Promise<Answered> {
  return driven(scenario.cloud, () => send(scenario, question));
}

/** Sends a request; whoever calls lets the time pass. */
export async function send({ cloud, deployment }: FaultScenario, question: Question): Promise<Answered> {
  const { id, group = 'default', method = 'POST', path, from = 'instance' } = question;
  const api = deployment.stack.resources.get('FleetLockApi')?.physicalId ?? '';
  const host = question.host ?? `${api}-${ENDPOINT}.execute-api.${cloud.region}.amazonaws.com`;
  const body =
    question.body ??
    `{\n  "client_params": {\n    "id": ${JSON.stringify(id)},\n    "group": ${JSON.stringify(group)}\n  }\n}`;
  const headers = question.headers ?? { 'fleet-lock-protocol': 'true', accept: '*/*' };
  const request = { method, host, port: 443, path: `/tender${path}`, headers, body: Buffer.from(body) };
  const { status, body: answer } = await cloud.network.request(request, { kind: from, name: 'i-0abc' });
  const text = answer instanceof Uint8Array ? Buffer.from(answer).toString('utf8') : '';
  const { kind = '', value = '' } = JSON.parse(text || '{}') as Partial<Answered>;
  return { status, kind, value };
}

/** The id of a worker, as systemd and Zincati make it of the machine id that its kubelet tells. */
export function lockIdOf({ cluster }: FaultScenario, { nodeName }: Pick<Worker, 'nodeName'>): string {
  const node = cluster.kubernetes.store.find<ClusterNode>('nodes', nodeName);
  const machineId = node?.status?.nodeInfo?.machineID ?? '';
  const hash = createHmac('sha256', Buffer.from(machineId, 'hex'))
    .update(Buffer.from('de35106b6ec24688b63afddaa156679b', 'hex'))
    .digest();
  const bytes = [...hash.subarray(0, 16)];
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return Buffer.from(bytes).toString('hex');
}
