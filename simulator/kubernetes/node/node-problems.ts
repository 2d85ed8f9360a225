import { type ClusterNode, type Condition, timeText } from '../api/objects.ts';
import type { ControllerContext } from '../controllers/controller-context.ts';

/** A condition that something on a node has found, as the node problem detector and EKS's monitoring agent tell of it. */
export interface NodeProblem {
  /** `KernelDeadlock`, `StorageReady`, … */
  readonly type: string;
  /** The status that means trouble; default `True`. */
  readonly status?: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
  /**
   * What a boot does about it. `gone`: the detector starts anew and finds nothing. `again`: it finds it again within a minute. `stale`: nobody takes the
   * condition back, although nothing is wrong any more.
   */
  readonly afterReboot: 'gone' | 'again' | 'stale';
}

const FOUND_AGAIN_MS = 60_000;

/** Conditions that latch: once found they stay until the node boots, and some longer. Its own detector, on nodes whose kubelet answers and on others. */
export class NodeProblems {
  readonly #context: ControllerContext;
  readonly #found = new Map<string, NodeProblem[]>();

  constructor(context: ControllerContext) {
    this.#context = context;
    context.store.listen('nodes', ({ type, object, previous }) => {
      const node = object as ClusterNode;
      if (type === 'DELETED') this.#found.delete(node.metadata.name);
      else if (this.#found.has(node.metadata.name) && bootOf(node) !== bootOf(previous as ClusterNode | undefined))
        this.#booted(node.metadata.name);
    });
  }

  /** Puts the condition on the node. */
  latch(nodeName: string, problem: NodeProblem): void {
    this.#found.set(nodeName, [...(this.#found.get(nodeName) ?? []), problem]);
    this.#tell(nodeName, problem, true);
  }

  /** Its detector finds it no more, without a boot. */
  takeBack(nodeName: string, type: string): void {
    const problems = this.#found.get(nodeName) ?? [];
    this.#found.set(
      nodeName,
      problems.filter((one) => one.type !== type),
    );
    for (const problem of problems) if (problem.type === type) this.#tell(nodeName, problem, false);
  }

  #booted(nodeName: string): void {
    const problems = this.#found.get(nodeName) ?? [];
    this.#found.set(
      nodeName,
      problems.filter(({ afterReboot }) => afterReboot !== 'gone'),
    );
    for (const problem of problems) {
      if (problem.afterReboot === 'stale') continue;
      this.#tell(nodeName, problem, false);
      if (problem.afterReboot !== 'again') continue;
      const { world } = this.#context;
      world.afterInBackground(FOUND_AGAIN_MS, `${problem.type} of ${nodeName}`, () =>
        this.#tell(nodeName, problem, true),
      );
    }
  }

  #tell(nodeName: string, { type, status = 'True', reason, message }: NodeProblem, sick: boolean): void {
    const { store, world } = this.#context;
    const now = timeText(world.now());
    const well = status === 'True' ? 'False' : 'True';
    const condition: Condition = {
      type,
      status: sick ? status : well,
      reason: sick ? (reason ?? `${type}Found`) : `No${type}`,
      message: sick ? (message ?? `the detector found ${type}`) : 'nothing is found',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    };
    store.change<ClusterNode>('nodes', nodeName, undefined, (node) => {
      const others = (node.status?.conditions ?? []).filter((one) => one.type !== type);
      node.status = { ...node.status, conditions: [...others, condition] };
    });
  }
}

function bootOf(node: ClusterNode | undefined): string | undefined {
  return node?.status?.nodeInfo?.bootID;
}
