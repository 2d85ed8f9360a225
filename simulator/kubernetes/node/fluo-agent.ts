import type { Machine } from '../../instances/machine.ts';
import type { ClusterNode, Pod } from '../api/objects.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';

const PREFIX = 'flatcar-linux-update.v1.flatcar-linux.net/';
const START_MS = 4_000;
const REBOOT_MS = 3_000;

/** What may be wrong with an agent. */
export interface FluoAgentOptions {
  /** It hears no leave to reboot. */
  readonly deaf?: boolean;
}

/**
 * The update-agent of the Flatcar update operator on one machine, as its source has it (github.com/flatcar/flatcar-linux-update-operator, pkg/agent): when it starts it says that no reboot
 * is needed nor under way, waits until it has no leave to reboot any more, then tells what update_engine says, and waits for leave. Given it, it cordons, deletes pods outside
 * kube-system, and reboots. It starts with each boot, once the kubelet is Ready.
 */
export class FluoAgent {
  /** What it wrote on its Node, and what it read of the coordinator, in order: `agent: reboot-needed=true`. */
  readonly conversation: string[] = [];
  readonly #cluster: SimulatedCluster;
  readonly #machine: Machine;
  readonly #nodeName: string;
  #deaf: boolean;
  #bootId = '';
  #phase: 'off' | 'starting' | 'waits-for-no-leave' | 'waits-for-leave' | 'reboots' = 'off';

  constructor(
    { cluster, machine, nodeName }: { cluster: SimulatedCluster; machine: Machine; nodeName: string },
    { deaf = false }: FluoAgentOptions = {},
  ) {
    this.#cluster = cluster;
    this.#machine = machine;
    this.#nodeName = nodeName;
    this.#deaf = deaf;
    cluster.store.listen('nodes', ({ type, object, previous }) => {
      const node = object as ClusterNode;
      if (type === 'DELETED' || node.metadata.name !== nodeName) return;
      this.#hear(node, previous as ClusterNode | undefined);
      this.#look(node);
    });
    machine.system?.onInstalled(() => {
      if (this.#phase === 'waits-for-leave') this.#tellStatus();
    });
    const node = this.#node();
    if (node) this.#look(node);
  }

  /** Its pod starts anew, as after a crash, without a boot. */
  restart(): void {
    this.#phase = 'starting';
    this.#start();
  }

  /** From now on it hears when it is given leave. */
  hears(): void {
    this.#deaf = false;
  }

  /** What it has said and heard. */
  #hear(node: ClusterNode, previous: ClusterNode | undefined): void {
    const [now, then] = [node.metadata.annotations ?? {}, previous?.metadata.annotations ?? {}];
    const [labels, before] = [node.metadata.labels ?? {}, previous?.metadata.labels ?? {}];
    const key = `${PREFIX}reboot-ok`;
    if (now[key] !== then[key]) this.conversation.push(`coordinator: reboot-ok=${now[key] ?? '(gone)'}`);
    for (const name of ['before-reboot', 'after-reboot']) {
      const [is, was] = [labels[PREFIX + name], before[PREFIX + name]];
      if (is !== was) this.conversation.push(`coordinator: ${name} ${is === undefined ? 'off' : `= ${is}`}`);
    }
    if ((node.spec.unschedulable ?? false) !== (previous?.spec.unschedulable ?? false))
      this.conversation.push(node.spec.unschedulable ? 'node: cordoned' : 'node: un-cordoned');
  }

  #look(node: ClusterNode): void {
    const bootId = node.status?.nodeInfo?.bootID ?? '';
    const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
    if (bootId !== this.#bootId && bootId === this.#machine.bootId && ready) {
      this.#bootId = bootId;
      this.#phase = 'starting';
      this.#machine.world.after(START_MS, `update-agent of ${this.#nodeName} starts`, () => {
        if (this.#machine.bootId === bootId) this.#start();
      });
      return;
    }
    const annotations = node.metadata.annotations ?? {};
    const leave = annotations[`${PREFIX}reboot-ok`] === 'true';
    if (this.#phase === 'waits-for-no-leave' && !leave) this.#goOn(annotations);
    else if (
      this.#phase === 'waits-for-leave' &&
      !this.#deaf &&
      leave &&
      annotations[`${PREFIX}reboot-needed`] === 'true'
    )
      this.#reboot(node);
  }

  #start(): void {
    const release = this.#machine.system?.running;
    const labels = { id: 'flatcar', group: 'stable', ...(release && { version: release.version }) };
    this.#write({ 'reboot-in-progress': 'false', 'reboot-needed': 'false' }, { ...labels, 'reboot-needed': 'false' });
    this.#phase = 'waits-for-no-leave';
    const node = this.#node();
    if (node) this.#look(node);
  }

  #goOn(annotations: Readonly<Record<string, string>>): void {
    this.#phase = 'waits-for-leave';
    if (annotations[`${PREFIX}agent-made-unschedulable`] === 'true')
      this.#write({ 'agent-made-unschedulable': 'false' }, {}, false);
    this.#tellStatus();
  }

  #tellStatus(): void {
    const { system, world } = this.#machine;
    const needed = system?.operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT';
    const status = {
      status: system?.operation ?? 'UPDATE_STATUS_IDLE',
      'last-checked-time': String(Math.floor(world.now() / 1000)),
      'new-version': system?.installed?.version ?? '0.0.0',
    };
    if (needed) this.#write({ ...status, 'reboot-needed': 'true' }, { 'reboot-needed': 'true' });
    else this.#write(status, {});
  }

  #reboot(node: ClusterNode): void {
    this.#phase = 'reboots';
    const { world } = this.#machine;
    const cordoned = node.spec.unschedulable === true;
    const { bootId } = this.#machine;
    this.#write(
      { 'reboot-in-progress': 'true', ...(!cordoned && { 'agent-made-unschedulable': 'true' }) },
      {},
      cordoned ? undefined : true,
    );
    const pods = this.#cluster.store
      .list<Pod>('pods')
      .filter(({ spec, metadata }) => spec.nodeName === this.#nodeName && metadata.namespace !== 'kube-system')
      .filter(({ metadata }) => !metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'));
    for (const pod of pods) {
      this.conversation.push(`agent: deletes pod ${pod.metadata.name}`);
      this.#cluster.deletePod(pod, 30);
    }
    world.after(REBOOT_MS, `update-agent reboots ${this.#nodeName}`, () => {
      if (this.#machine.bootId !== bootId) return;
      this.conversation.push('agent: reboots');
      this.#machine.reboot();
    });
  }

  #write(
    annotations: Readonly<Record<string, string>>,
    labels: Readonly<Record<string, string>>,
    unschedulable?: boolean,
  ): void {
    const worthTelling = ['reboot-needed', 'reboot-in-progress', 'agent-made-unschedulable', 'status'];
    for (const [key, value] of Object.entries(annotations))
      if (worthTelling.includes(key)) this.conversation.push(`agent: ${key}=${value}`);
    this.#cluster.store.change<ClusterNode>('nodes', this.#nodeName, undefined, (node) => {
      node.metadata.annotations = { ...node.metadata.annotations, ...prefixed(annotations) };
      node.metadata.labels = { ...node.metadata.labels, ...prefixed(labels) };
      if (unschedulable !== undefined) node.spec.unschedulable = unschedulable;
    });
  }

  #node(): ClusterNode | undefined {
    return this.#cluster.store.find<ClusterNode>('nodes', this.#nodeName);
  }
}

function prefixed(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [PREFIX + key, value]));
}
