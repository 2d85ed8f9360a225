import { createHash } from 'node:crypto';
import type { Machine } from '../../instances/machine.ts';
import type { KubeletHost } from './kubelet-host.ts';

/** An EC2 instance as its kubelet sees it. */
export function machineHost(machine: Machine, nodeName: string): KubeletHost {
  return {
    world: machine.world,
    random: machine.world.random.for(`kubelet:${machine.instanceId}`),
    addresses: [
      { type: 'InternalIP', address: machine.privateIpAddress },
      { type: 'InternalDNS', address: machine.privateDnsName },
      { type: 'Hostname', address: nodeName },
    ],
    bootId: machine.bootId,
    // The machine id is made from the instance's UUID, so it is the same after each boot.
    machineId: createHash('sha256').update(machine.instanceId).digest('hex').slice(0, 32),
    journal: (line) => machine.journal('kubelet', line),
    listen: (port, open) => machine.listen(port, open),
    reachable: () => machine.answers(10250),
  };
}

/** What a machine runs since an update, as its kubelet tells of it; nothing where it runs what its image brought. */
export function releaseOf({ system }: Machine): { osImage?: string; kernelVersion?: string } {
  const release = system?.running;
  return release ? { osImage: release.osImage, kernelVersion: release.kernelVersion } : {};
}
