import { describe, expect, it } from 'vitest';
import type { Sight } from '../../../src/repairs/observe.ts';
import type { RepairPolicy } from '../../../src/repairs/ports.ts';
import { type Episode, namesOf, whySick } from '../../../src/repairs/why-sick.ts';
import { aCondition, ago, aNode, anEpisode, anInstance, aPolicy, aSight, noon } from './repair-builder.ts';

const deadlock = aNode([aCondition('KernelDeadlock', 'True')]);
const rule = { signal: 'KernelDeadlock', status: 'False', ladder: ['reboot'] } as const;

type Case = readonly [
  what: string,
  signal: string,
  sight: Partial<Sight>,
  why: RegExp | undefined,
  episode?: Partial<Episode>,
  health?: Partial<RepairPolicy['health']>,
];

const cases: readonly Case[] = [
  ['a node that is Ready again is well', 'NotReady', {}, undefined],
  [
    'one that is silent is sick',
    'Unknown',
    { node: aNode([aCondition('Ready', 'Unknown')]) },
    /^Ready is Unknown \(Told\)/,
  ],
  [
    'one that says it is not Ready is sick',
    'NotReady',
    { node: aNode([aCondition('Ready', 'False')]) },
    /^Ready is False/,
  ],
  [
    'whatever the signal, a node that is not Ready is sick',
    'KernelDeadlock',
    { node: aNode([aCondition('Ready', 'False')]) },
    /^Ready is False/,
  ],
  ['nobody can say how it is', 'NotReady', { node: 'unknown' }, /API server cannot be asked/],
  ['one that never joined is sick', 'NeverJoined', { node: 'none' }, /no Node/],
  ['one that joined after all is well', 'NeverJoined', {}, undefined],
  ['a lease that is renewed is well', 'LeaseStopped', { leaseRenewedAt: ago(1) }, undefined],
  ['a lease of five minutes ago is sick', 'LeaseStopped', { leaseRenewedAt: ago(5) }, /renews its lease no more/],
  ['no lease at all is sick', 'LeaseStopped', { leaseRenewedAt: '' }, /last never/],
  [
    'one that was renewed since the repair began is well, however slow its clock',
    'LeaseStopped',
    { leaseRenewedAt: ago(29) },
    undefined,
    { conditions: `lease@${ago(30)}` },
  ],
  [
    'one that was not is sick, however fast its clock',
    'LeaseStopped',
    { leaseRenewedAt: ago(-30) },
    /renews its lease no more/,
    { conditions: `lease@${ago(-30)}` },
  ],
  [
    'a check that fails is sick',
    'InstanceStatus',
    { instance: anInstance({ instanceStatus: 'impaired' }) },
    /instance status check says impaired/,
  ],
  [
    'the other check is no concern of it',
    'InstanceStatus',
    { instance: anInstance({ systemStatus: 'impaired' }) },
    undefined,
  ],
  ['nor the other way', 'SystemStatus', { instance: anInstance({ instanceStatus: 'impaired' }) }, undefined],
  [
    'a check that has not begun is not passed',
    'SystemStatus',
    { instance: anInstance({ systemStatus: 'initializing' }) },
    /says initializing/,
  ],
  ['a condition that is told is sick', 'KernelDeadlock', { node: deadlock }, /^KernelDeadlock is True/],
  [
    'one that was taken back is well',
    'KernelDeadlock',
    { node: aNode([aCondition('KernelDeadlock', 'False')]) },
    undefined,
  ],
  ['one that is not there any more is well', 'KernelDeadlock', {}, undefined],
  [
    'a condition whose False is trouble',
    'StorageReady',
    { node: aNode([aCondition('StorageReady', 'False')]) },
    /^StorageReady is False/,
  ],
  [
    'an own condition whose name says so',
    'GpuReady',
    { node: aNode([aCondition('GpuReady', 'False')]) },
    /^GpuReady is False/,
  ],
  [
    'an own condition with another name',
    'DiskSlow',
    { node: aNode([aCondition('DiskSlow', 'True')]) },
    /^DiskSlow is True/,
  ],
  ['a rule says which status is trouble', 'KernelDeadlock', { node: deadlock }, undefined, {}, { rules: [rule] }],
  [
    'one that nobody took back after a boot is over',
    'KernelDeadlock',
    { node: { ...deadlock, bootId: 'boot-2' } },
    undefined,
    { conditions: namesOf(deadlock, '') },
  ],
  [
    'one that was found again after the boot is not',
    'KernelDeadlock',
    { node: aNode([aCondition('KernelDeadlock', 'True', ago(1))], { bootId: 'boot-2' }) },
    /^KernelDeadlock/,
    { conditions: namesOf(deadlock, '') },
  ],
  [
    'one that was found in another boot that nobody knew is not over',
    'KernelDeadlock',
    { node: { ...deadlock, bootId: 'boot-2' } },
    /^KernelDeadlock/,
    { bootId: '' },
  ],
  [
    'a node that came and went in the last hour is sick',
    'Flapping',
    { node: aNode([aCondition('Ready', 'True', ago(59))]) },
    /came and went/,
  ],
  [
    'one that has stayed for an hour is well',
    'Flapping',
    { node: aNode([aCondition('Ready', 'True', ago(61))]) },
    undefined,
  ],
  ['an alarm is believed', 'Alarm:gpu', {}, /was told of/],
  ['also when a rung has begun, whose drain comes first', 'Alarm:gpu', {}, /was told of/, { rungSince: ago(5) }],
  ['and so is an Event', 'Event:SoftLockup', {}, /was told of/, { rungSince: ago(5) }],
  ['by hand: a node that is well in every way is well', '', {}, undefined],
  [
    'by hand: a failing check counts',
    '',
    { instance: anInstance({ systemStatus: 'impaired' }) },
    /system status check/,
  ],
  [
    'by hand: a check that has not begun does not',
    '',
    { instance: anInstance({ instanceStatus: 'initializing' }) },
    undefined,
  ],
  ['by hand: what monitors tell counts', '', { node: deadlock }, /^KernelDeadlock/],
  ['by hand: pressure does not', '', { node: aNode([aCondition('MemoryPressure', 'True')]) }, undefined],
  [
    'an etcd instance has no Node, and is as its checks',
    'SystemStatus',
    { node: 'none', instance: anInstance({ tags: { 'tender:role': 'etcd' } }) },
    undefined,
  ],
  [
    'or not',
    'SystemStatus',
    { node: 'none', instance: anInstance({ tags: { 'tender:role': 'etcd' }, systemStatus: 'impaired' }) },
    /system status/,
  ],
];

describe('whether a node is sick still', () => {
  it.each(cases.map(([what, ...rest]) => ({ what, rest })))('$what', ({ rest }) => {
    const [signal, sight, why, episode = {}, health = {}] = rest;
    const said = whySick(aSight(sight), anEpisode({ signal, ...episode }), aPolicy(health), noon);
    if (why === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(why);
  });
});
