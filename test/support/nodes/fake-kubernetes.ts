import { ClusterUnreachable } from '../../../src/kubernetes/errors.ts';
import { NodeChanged, NodeVanished } from '../../../src/nodes/errors.ts';
import type {
  AutoApproveBinding,
  AutoApproveBindings,
  BootstrapTokens,
  CertificateRequests,
  NewBootstrapToken,
  Node,
  NodeEvents,
  NodePod,
  Nodes,
  PendingCsr,
  Pods,
} from '../../../src/nodes/ports.ts';

/** What became of a certificate request. */
export interface Decision {
  readonly decision: 'approved' | 'denied';
  readonly message: string;
}

/** A cluster in memory: every Kubernetes port of src/nodes on one state. */
export class FakeKubernetes {
  readonly state = {
    nodes: new Map<string, Node>(),
    pods: new Map<string, readonly NodePod[]>(),
    tokens: new Map<string, NewBootstrapToken>(),
    csrs: [] as PendingCsr[],
    decisions: new Map<string, Decision>(),
    bindings: [] as AutoApproveBinding[],
    events: [] as { readonly node: string; readonly reason: string; readonly message: string }[],
    reachable: true,
  };

  readonly nodes: Nodes = {
    get: async (name) => {
      this.#answer();
      return this.state.nodes.get(name);
    },
    change: async (node, change) => {
      this.#answer();
      const stored = this.state.nodes.get(node.name);
      if (!stored) throw new NodeVanished(node.name);
      if (stored.resourceVersion !== node.resourceVersion) throw new NodeChanged(node.name);
      this.state.nodes.set(node.name, {
        ...stored,
        labels: merged(stored.labels, change.labels),
        annotations: merged(stored.annotations, change.annotations),
        taints: change.taints ?? stored.taints,
        resourceVersion: String(Number(stored.resourceVersion) + 1),
      });
    },
    delete: async (name) => {
      this.#answer();
      this.state.nodes.delete(name);
    },
  };

  readonly pods: Pods = {
    onNode: async (name) => {
      this.#answer();
      return this.state.pods.get(name) ?? [];
    },
  };

  readonly tokens: BootstrapTokens = {
    create: async (token) => {
      this.#answer();
      if (this.state.tokens.has(token.id)) return 'exists';
      this.state.tokens.set(token.id, token);
      return 'created';
    },
    delete: async (id) => {
      this.#answer();
      this.state.tokens.delete(id);
    },
  };

  readonly csrs: CertificateRequests = {
    pending: async () => {
      this.#answer();
      return this.state.csrs.filter(({ name }) => !this.state.decisions.has(name));
    },
    askedBy: async (usernames) => {
      this.#answer();
      return this.state.csrs
        .filter(({ username }) => usernames.includes(username))
        .map((csr) => ({ ...csr, decision: this.decisionOn(csr.name) }));
    },
    approve: async (name, message) => this.#decide(name, { decision: 'approved', message }),
    deny: async (name, message) => this.#decide(name, { decision: 'denied', message }),
  };

  readonly bindings: AutoApproveBindings = {
    list: async () => {
      this.#answer();
      return this.state.bindings;
    },
  };

  readonly events: NodeEvents = {
    record: async (node, { reason, message }) => {
      this.state.events.push({ node, reason, message });
    },
  };

  /** Adds Nodes. */
  with(...nodes: readonly Node[]): this {
    for (const node of nodes) this.state.nodes.set(node.name, node);
    return this;
  }

  /** What was decided on a request; undefined while it is pending. */
  decisionOn(name: string): Decision['decision'] | undefined {
    return this.state.decisions.get(name)?.decision;
  }

  // As the API server: a request that is approved cannot be denied, nor the other way round.
  #decide(name: string, decision: Decision): void {
    this.#answer();
    const before = this.state.decisions.get(name);
    if (before && before.decision !== decision.decision) throw new Error(`${name} is ${before.decision} already`);
    this.state.decisions.set(name, before ?? decision);
  }

  #answer(): void {
    if (!this.state.reachable) throw new ClusterUnreachable('connect ETIMEDOUT');
  }
}

function merged(
  before: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  const entries = Object.entries({ ...before, ...change });
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}
