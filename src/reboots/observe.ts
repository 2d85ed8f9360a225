import { drainThatKeeps } from '../schema/drain-by-hand.ts';
import { ownerAnnotation } from './names.ts';
import type {
  RebootClaims,
  RebootExecutions,
  RebootInstance,
  RebootInstances,
  RebootNode,
  RebootNodes,
  RebootPlace,
  RebootPlaces,
} from './ports.ts';

/** What is looked at each time: where the instance stands, how its Node is, and who works on it. */
export interface Sight {
  /** undefined: EC2 does not know it (any more). */
  readonly instance: RebootInstance | undefined;
  /** undefined: it is in no group (any more). */
  readonly place: RebootPlace | undefined;
  /** `unknown`: the API server cannot be asked. */
  readonly node: RebootNode | 'none' | 'unknown';
  /** Of an execution that runs. */
  readonly claim: { readonly owner: string; readonly leaving: boolean } | undefined;
  /** The drain by hand that has ended and left its node drained, for a person to have it put back (S14). */
  readonly keptBy: string | undefined;
}

export interface ObservePorts {
  readonly instances: RebootInstances;
  readonly places: RebootPlaces;
  readonly nodes: RebootNodes;
  readonly claims: RebootClaims;
  readonly executions: RebootExecutions;
}

/** Looks once. Reads only. */
export async function observe(
  {
    cluster,
    instanceId,
    nodeName,
  }: { readonly cluster: string; readonly instanceId: string; readonly nodeName: string },
  ports: ObservePorts,
): Promise<Sight> {
  const [instance, place, claim] = await Promise.all([
    ports.instances.find(instanceId),
    ports.places.of(instanceId),
    ports.claims.read(cluster, instanceId),
  ]);
  const [node, runs] = await Promise.all([
    ports.nodes.find({ instanceId, nodeName, names: instance?.dnsNames ?? [] }),
    claim ? ports.executions.isRunning(claim.owner) : false,
  ]);
  const marked = typeof node === 'object' ? { owner: node.annotations[ownerAnnotation] } : undefined;
  return {
    instance,
    place,
    node,
    claim: runs ? claim : undefined,
    keptBy: drainThatKeeps(marked, runs ? undefined : claim?.owner),
  };
}
