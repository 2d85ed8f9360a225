import type { MemberDirectory, MemberInstance, MemberInstances } from '../../../src/etcd/member-ports.ts';

/** A running instance that stays. */
export function anInstance(instanceId: string, host: string, over: Partial<MemberInstance> = {}): MemberInstance {
  return {
    instanceId,
    hosts: [host],
    privateIpAddress: host,
    standing: 'stays',
    isRunning: true,
    isPending: false,
    ...over,
  };
}

/** EC2 of a test: what it says can be changed as it goes. */
export class FakeDirectory implements MemberDirectory {
  instances: readonly MemberInstance[];
  external = false;
  wanted: number;
  readonly #elsewhere: readonly string[];

  constructor(
    instances: readonly MemberInstance[],
    over: { readonly external?: boolean; readonly elsewhere?: readonly string[] } = {},
  ) {
    this.instances = instances;
    this.wanted = instances.length;
    this.external = over.external ?? false;
    this.#elsewhere = over.elsewhere ?? [];
  }

  change(instanceId: string, over: Partial<MemberInstance>): void {
    this.instances = this.instances.map((one) => (one.instanceId === instanceId ? { ...one, ...over } : one));
  }

  /** As when EC2 has terminated it: it has no address any more. */
  terminate(instanceId: string): void {
    this.change(instanceId, { standing: 'gone', isRunning: false, hosts: [], privateIpAddress: '' });
  }

  async of(): Promise<MemberInstances> {
    const { external, wanted, instances } = this;
    return { external, wanted, instances };
  }

  async inUse(addresses: readonly string[]): Promise<ReadonlySet<string>> {
    const used = [...this.#elsewhere, ...this.instances.map((one) => one.privateIpAddress)];
    return new Set(addresses.filter((one) => used.includes(one)));
  }
}
