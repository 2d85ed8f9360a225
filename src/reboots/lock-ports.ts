import type { RebootAndon, RebootExecutions, RebootNode, RebootNodeChange, RebootPlaces } from './ports.ts';

/** A Node, and whose machine it is. */
export interface FleetNode extends RebootNode {
  /** As systemd has it. */
  readonly machineId: string;
}

/** All Nodes of a cluster. */
export interface FleetNodes {
  /** `unknown`: the API server cannot be asked. */
  list(): Promise<readonly FleetNode[] | 'unknown'>;
  /** @throws NodeChanged when anybody wrote it since it was read. */
  change(node: Pick<RebootNode, 'name' | 'resourceVersion'>, change: RebootNodeChange): Promise<void>;
}

/** Places in the disruption budget. */
export interface FleetSlots {
  /** The execution that has one for this instance; undefined: none. */
  holderOf(cluster: string, instanceId: string): Promise<string | undefined>;
  /** Takes one for an execution that is going to be. */
  take(slot: {
    readonly cluster: string;
    readonly instanceId: string;
    readonly nodeName: string;
    readonly groupName: string;
    readonly zone: string;
    readonly reason: string;
    readonly execution: string;
  }): Promise<{ readonly granted: boolean; readonly why: string }>;
  release(slot: { readonly cluster: string; readonly instanceId: string; readonly execution: string }): Promise<void>;
}

/** The workflow that empties a node, holds it for its client, and puts it back. */
export interface FleetWorkflow {
  /** The ARN that an execution of this name has. */
  arnOf(name: string): string;
  start(name: string, input: object): Promise<'started' | 'already-started'>;
}

/** What speaks against a reboot now, beside the node itself. */
export interface FleetGates {
  /** Whether nodes of this group may be updated at this time. `off`: never, by the registry entry. */
  window(groupName: string, now: Date): Promise<{ readonly open: boolean; readonly why: string } | 'off'>;
  /**
   * Breakers that are open, in words. `unknown`: nobody has looked lately. `storms`: not those that only count what is taken out of service on purpose, as the node of who asks.
   */
  openBreakers(cluster: string, which: 'all' | 'storms'): Promise<readonly string[] | 'unknown'>;
}

export interface PreRebootPorts {
  readonly nodes: FleetNodes;
  readonly places: RebootPlaces;
  readonly executions: RebootExecutions;
  readonly andon: RebootAndon;
  readonly slots: FleetSlots;
  readonly workflow: FleetWorkflow;
  readonly gates: FleetGates;
}
