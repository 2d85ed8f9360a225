import { describe, expect, it } from 'vitest';
import { nodeNameOf } from '../../../src/nodes/node-name.ts';
import { anInstance, instanceId } from '../../support/nodes/healthy.ts';

describe('nodeNameOf', () => {
  const virginia = anInstance();
  const frankfurt = anInstance({
    region: 'eu-central-1',
    privateDnsName: 'ip-10-0-1-23.eu-central-1.compute.internal',
  });
  const named = anInstance({ privateDnsName: 'ip-10-0-1-23.corp.example.com' });

  it.each([
    ['private-dns', virginia, 'ip-10-0-1-23.ec2.internal'],
    ['private-dns', frankfurt, 'ip-10-0-1-23.eu-central-1.compute.internal'],
    ['private-dns', named, 'ip-10-0-1-23.corp.example.com'],
    ['resource-name', virginia, `${instanceId}.ec2.internal`],
    ['resource-name', frankfurt, `${instanceId}.eu-central-1.compute.internal`],
    ['instance-id', virginia, instanceId],
    ['instance-id', frankfurt, instanceId],
    ['hostname', virginia, 'ip-10-0-1-23'],
    ['hostname', named, 'ip-10-0-1-23'],
  ] as const)('by %s', (rule, instance, expected) => {
    expect(nodeNameOf(rule, instance)).toBe(expected);
  });
});
