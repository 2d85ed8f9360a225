import { expect, it } from 'vitest';
import { instancesAtWork } from '../../../src/etcd/instances-at-work.ts';

const members = [
  { instanceId: 'i-1', role: 'control-plane' },
  { instanceId: 'i-2', role: 'etcd' },
  { instanceId: 'i-3', role: 'worker' },
];
const lease = (instanceId: string) => ({ instanceId, execution: 'arn:repair-1' });

it.each<[string, readonly string[], readonly string[], readonly string[]]>([
  ['nobody is at work', [], [], []],
  ['one that is drained', ['i-1'], [], ['control-plane instance i-1 is claimed']],
  [
    'one that is rebooted without a drain',
    [],
    ['i-1'],
    ['control-plane instance i-1 is out of service for arn:repair-1'],
  ],
  ['one that has both is told once', ['i-2'], ['i-2'], ['etcd instance i-2 is claimed']],
  ['workers do not count', ['i-3'], ['i-3'], []],
  ['nor who is no member', ['i-9'], ['i-9'], []],
  [
    'all of them',
    ['i-1'],
    ['i-2'],
    ['control-plane instance i-1 is claimed', 'etcd instance i-2 is out of service for arn:repair-1'],
  ],
])('a maintenance of etcd waits for: %s', (_, claimed, leased, expected) => {
  expect(instancesAtWork(members, { claimed, leases: leased.map(lease) })).toEqual(expected);
});
