import type {
  Commands,
  Documents,
  Groups,
  Instance,
  Instances,
  JoinParameters,
  LifecycleHook,
  Membership,
} from '../../../src/nodes/ports.ts';
import { aLaunchHook, aMembership, anInstance, groupName } from './healthy.ts';

/** An account in memory: every AWS port of src/nodes on one state. It begins with one worker that waits at its launch hook. */
export class FakeAws {
  readonly state = {
    instances: new Map<string, Instance>(),
    memberships: new Map<string, Membership>(),
    tags: new Map<string, Readonly<Record<string, string>>>(),
    hooks: new Map<string, readonly LifecycleHook[]>(),
    parameters: new Map<string, { readonly text: string; readonly tags: Readonly<Record<string, string>> }>(),
    documents: new Map<string, unknown>(),
    console: 'Linux version 6.12' as string | undefined,
  };

  readonly instances: Instances = {
    describe: async (ids) => picked(this.state.instances, ids),
    consoleOutput: async () => this.state.console,
  };

  readonly groups: Groups = {
    memberships: async (ids) => picked(this.state.memberships, ids),
    tags: async (name) => this.state.tags.get(name),
    hooks: async (name) => this.state.hooks.get(name) ?? [],
    activities: async () => [
      {
        startedAt: '2026-03-01T11:59:30.000Z',
        status: 'MidLifecycleAction',
        description: 'Launching',
        cause: 'capacity',
      },
    ],
    instancesOf: async (cluster) =>
      [...this.state.memberships.values()].filter(
        (member) => this.state.tags.get(member.groupName)?.['tender:cluster'] === cluster,
      ),
  };

  readonly parameters: JoinParameters = {
    read: async (name) => this.state.parameters.get(name)?.text,
    create: async (name, text, tags) => {
      if (this.state.parameters.has(name)) return 'exists';
      this.state.parameters.set(name, { text, tags });
      return 'created';
    },
    delete: async (name) => {
      this.state.parameters.delete(name);
    },
  };

  readonly documents: Documents = {
    write: async (key, document) => {
      this.state.documents.set(key, document);
      return `s3://state/${key}`;
    },
  };

  readonly commands: Commands = {
    result: async () => ({ status: 'Success', output: 'kubelet: started', errors: '' }),
  };

  constructor(instance: Instance = anInstance(), membership: Membership = aMembership()) {
    this.with(instance, membership);
    this.state.tags.set(groupName, { 'tender:cluster': 'demo', 'tender:role': 'worker' });
    this.state.hooks.set(groupName, [aLaunchHook()]);
  }

  /** Adds or replaces an instance and its place in a group. */
  with(instance: Instance, membership?: Membership): this {
    this.state.instances.set(instance.instanceId, instance);
    if (membership) this.state.memberships.set(instance.instanceId, { ...membership, instanceId: instance.instanceId });
    return this;
  }
}

function picked<T>(from: ReadonlyMap<string, T>, ids: readonly string[]): ReadonlyMap<string, T> {
  return new Map([...from].filter(([id]) => ids.includes(id)));
}
