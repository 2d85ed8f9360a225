import { drainThatKeeps } from '../schema/drain-by-hand.ts';
import { ownerAnnotation } from './names.ts';
import type {
  Place,
  Places,
  RepairClaims,
  RepairExecutions,
  SickInstance,
  SickInstances,
  SickNode,
  SickNodes,
} from './ports.ts';

/** What is looked at each time: where the instance stands, how its Node is, and who works on it. */
export interface Sight {
  /** undefined: EC2 does not know it (any more). */
  readonly instance: SickInstance | undefined;
  /** undefined: it is in no group (any more). */
  readonly place: Place | undefined;
  /** `unknown`: the API server cannot be asked. */
  readonly node: SickNode | 'none' | 'unknown';
  /** Of an execution that runs. */
  readonly claim: { readonly owner: string; readonly leaving: boolean } | undefined;
  /** The drain by hand that has ended and left its node drained, for a person to have it put back (S14). */
  readonly keptBy: string | undefined;
  /** ISO 8601; empty when it was not asked for, or there is none. */
  readonly leaseRenewedAt: string;
}

export interface ObservePorts {
  readonly instances: SickInstances;
  readonly places: Places;
  readonly nodes: SickNodes;
  readonly claims: RepairClaims;
  readonly executions: RepairExecutions;
}

/** Looks once. Reads only. */
export async function observe(
  {
    cluster,
    instanceId,
    nodeName,
    signal,
  }: { readonly cluster: string; readonly instanceId: string; readonly nodeName: string; readonly signal: string },
  ports: ObservePorts,
): Promise<Sight> {
  const [instance, place, claim] = await Promise.all([
    ports.instances.find(instanceId),
    ports.places.of(instanceId),
    ports.claims.read(cluster, instanceId),
  ]);
  const node = await ports.nodes.find({ instanceId, nodeName, names: nodeNamesOf(instanceId, instance) });
  const asksLease = (signal === 'LeaseStopped' || signal === '') && typeof node === 'object';
  const [leaseRenewedAt, runs] = await Promise.all([
    asksLease ? ports.nodes.leaseRenewedAt(node.name) : '',
    claim ? ports.executions.isRunning(claim.owner) : false,
  ]);
  const marked = typeof node === 'object' ? { owner: node.annotations[ownerAnnotation] } : undefined;
  return {
    instance,
    place,
    node,
    claim: runs ? claim : undefined,
    keptBy: drainThatKeeps(marked, runs ? undefined : claim?.owner),
    leaseRenewedAt,
  };
}

/** As kubelets call themselves: by a DNS name of the instance, the first part of one, or its id. */
function nodeNamesOf(instanceId: string, instance: SickInstance | undefined): readonly string[] {
  const dnsNames = instance?.dnsNames ?? [];
  return [instanceId, ...dnsNames, ...dnsNames.map((name) => name.split('.')[0] ?? '')];
}
