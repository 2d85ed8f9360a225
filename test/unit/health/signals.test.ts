import { describe, expect, it } from 'vitest';
import type { Observations } from '../../../src/health/observations.ts';
import type { HealthPolicy } from '../../../src/health/policy.ts';
import { aCluster, aCondition, aPolicy, minute, type Sickness } from '../../support/health/observed.ts';
import { said, watch } from '../../support/health/watch.ts';

const id = 'i-workers-0003';
const whole = 'repair: restart, reboot, replace, page';
const fromReboot = 'repair: reboot, replace, page';
const fromReplace = 'repair: replace, page';

const condition = (type: string, status: 'True' | 'False' | 'Unknown'): Sickness => ({
  conditions: [aCondition(type, status, 0, { reason: 'Why', message: 'because' })],
});
const notReady = condition('Ready', 'False');
const unknown = condition('Ready', 'Unknown');
const system: Sickness = { instance: { systemStatus: 'impaired', impairedSince: minute(0) } };
const check: Sickness = { instance: { instanceStatus: 'impaired', impairedSince: minute(0) } };
const noNode: Sickness = { node: null, instance: { launchedAt: minute(0) } };
const joining: Sickness = { node: { joining: true }, instance: { launchedAt: minute(0) } };
const unhealthy: Sickness = { member: { healthy: false } };
const gone: Sickness = {
  node: { leaseRenewedAt: minute(-60) },
  conditions: [aCondition('Ready', 'Unknown', -59)],
  instance: null,
};
const terminated: Sickness = { instance: { state: 'terminated' } };

/** What is said about one of ten nodes when it has had this for so many minutes, under a pass each minute. */
function saidAfter(minutes: number, sickness: Sickness, policy: HealthPolicy = aPolicy()): string {
  return said(
    watch(minutes, (at) => aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at), { policy }),
    id,
  );
}

describe('what is sick, after how long, and what is done', () => {
  it.each<[string, Sickness, number, string]>([
    ['nothing', {}, 10, 'well'],
    ['Ready False', notReady, 0, 'waits: Ready is False (Why: because): waits 5 min more'],
    ['Ready False', notReady, 4, 'waits: Ready is False (Why: because): waits 1 min more'],
    ['Ready False', notReady, 5, whole],
    ['Ready Unknown', unknown, 4, 'waits: Ready is Unknown (Why: because): waits 1 min more'],
    ['Ready Unknown', unknown, 5, whole],
    ['no Ready at all', { node: { conditions: [] } }, 5, whole],
    ['host impaired', system, 4, 'waits: EC2 finds its host impaired: waits 1 min more'],
    ['host impaired', system, 5, fromReplace],
    ['instance impaired', check, 4, 'waits: EC2 finds the instance impaired: waits 1 min more'],
    ['instance impaired', check, 5, fromReboot],
    ['checks that begin', { instance: { instanceStatus: 'initializing' } }, 60, 'well'],
    ['checks without data', { instance: { systemStatus: 'insufficient-data' } }, 60, 'well'],
    ['AcceleratedHardwareReady False', condition('AcceleratedHardwareReady', 'False'), 10, fromReboot],
    ['ContainerRuntimeReady False', condition('ContainerRuntimeReady', 'False'), 30, whole],
    ['KernelReady False', condition('KernelReady', 'False'), 30, fromReboot],
    ['NetworkingReady False', condition('NetworkingReady', 'False'), 30, fromReboot],
    ['StorageReady False', condition('StorageReady', 'False'), 30, fromReboot],
    ['StorageReady True', condition('StorageReady', 'True'), 60, 'well'],
    ['StorageReady Unknown', condition('StorageReady', 'Unknown'), 60, 'well'],
    ['KernelDeadlock True', condition('KernelDeadlock', 'True'), 30, fromReboot],
    ['KernelDeadlock False', condition('KernelDeadlock', 'False'), 60, 'well'],
    ['ReadonlyFilesystem True', condition('ReadonlyFilesystem', 'True'), 30, fromReboot],
    ['FrequentKubeletRestart True', condition('FrequentKubeletRestart', 'True'), 30, fromReboot],
    ['FrequentContainerdRestart True', condition('FrequentContainerdRestart', 'True'), 30, fromReboot],
    ['FrequentDockerRestart True', condition('FrequentDockerRestart', 'True'), 30, fromReboot],
    ['FrequentUnregisterNetDevice True', condition('FrequentUnregisterNetDevice', 'True'), 30, fromReboot],
    ['CorruptDockerOverlay2 True', condition('CorruptDockerOverlay2', 'True'), 30, fromReplace],
    ['a condition that nobody has a rule for', condition('Vendor', 'True'), 60, 'well'],
    ['no Node', noNode, 14, 'well'],
    ['no Node', noNode, 15, fromReplace],
    ['a Node that still joins', joining, 14, 'well'],
    ['a Node that still joins', joining, 15, fromReplace],
    ['a Node that joins and is not Ready', { ...joining, ...notReady }, 14, 'well'],
  ])('%s', (_, sickness, minutes, expected) => {
    expect(saidAfter(minutes, sickness)).toBe(expected);
  });

  it.each<[string, Sickness, number, string]>([
    [
      'MemoryPressure',
      condition('MemoryPressure', 'True'),
      60,
      'ignored: MemoryPressure is True (Why: because): only shown, by the rule for MemoryPressure',
    ],
    [
      'DiskPressure',
      condition('DiskPressure', 'True'),
      60,
      'ignored: DiskPressure is True (Why: because): only shown, by the rule for DiskPressure',
    ],
    [
      'PIDPressure',
      condition('PIDPressure', 'True'),
      60,
      'ignored: PIDPressure is True (Why: because): only shown, by the rule for PIDPressure',
    ],
    ['unhealthy to Auto Scaling', unhealthy, 60, 'auto-scaling: Auto Scaling finds it unhealthy and replaces it'],
    [
      'and not Ready either',
      { ...unhealthy, ...notReady },
      9,
      'auto-scaling: Auto Scaling finds it unhealthy and replaces it',
    ],
    [
      'pressure beside not being Ready',
      { conditions: [...(notReady.conditions ?? []), aCondition('DiskPressure', 'True', -99)] },
      5,
      whole,
    ],
  ])('%s is left to others', (_, sickness, minutes, expected) => {
    expect(saidAfter(minutes, sickness)).toBe(expected);
  });

  it.each<[string, Sickness, number, string]>([
    ['not known to EC2 once', gone, 0, `unconfirmed: EC2 does not know ${id}: waits for EC2 to say so again`],
    ['not known twice', gone, 1, `delete-node: EC2 does not know ${id}: its Node is deleted`],
    ['terminated once', terminated, 0, `unconfirmed: EC2 has terminated ${id}: waits for EC2 to say so again`],
    ['terminated twice', terminated, 1, `delete-node: EC2 has terminated ${id}: its Node is deleted`],
    [
      'shutting down',
      { ...notReady, instance: { state: 'shutting-down' } },
      9,
      'leaving: its instance is shutting down',
    ],
    ['stopped, which no reboot mends', { ...notReady, instance: { state: 'stopped' } }, 5, fromReplace],
  ])('a Node whose instance is %s', (_, sickness, minutes, expected) => {
    expect(saidAfter(minutes, sickness)).toBe(expected);
  });

  it.each<[string, Sickness, number, string]>([
    ['the host before the kubelet', { ...notReady, ...system }, 5, fromReplace],
    ['what is due before what is not', { ...condition('KernelDeadlock', 'True'), ...check }, 5, fromReboot],
    [
      'what is due first while nothing is',
      { conditions: [...(notReady.conditions ?? []), aCondition('KernelReady', 'False', 0)] },
      2,
      'waits: Ready is False (Why: because): waits 3 min more',
    ],
  ])('of several signs goes by %s', (_, sickness, minutes, expected) => {
    expect(saidAfter(minutes, sickness)).toBe(expected);
  });

  it('counts a node that says it is not ready and then nothing as one that never was', () => {
    const last = watch(5, (at) => {
      const sickness = at < 3 ? notReady : { conditions: [aCondition('Ready', 'Unknown', 3)] };
      return aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at);
    });

    expect(said(last, id)).toBe(whole);
  });

  it('finds the instance of a Node without a provider id by its name', () => {
    const seen = (at: number) => {
      const sickness = { ...notReady, node: { instanceId: '' }, instance: { nodeNames: ['workers-3', id] } };
      return aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at);
    };

    expect(said(watch(5, seen), id)).toBe(whole);
    expect(watch(60, seen).diagnosis.findings.map((one) => one.id)).toEqual([id]);
  });

  it('says of nobody that it never joined while there is a Node whose machine nobody knows', () => {
    const seen = (node: object) => (at: number) => {
      const sick = { 3: noNode, 4: { node: { instanceId: '', ...node } } };
      return aCluster({ workers: { size: 10, sick } }, at);
    };

    expect(said(watch(60, seen({})), id)).toBe('well');
    expect(said(watch(60, seen({})), 'i-workers-0004')).toBe('well');
    expect(said(watch(15, seen({ foreign: true })), id)).toBe(fromReplace);
  });

  it('says of no instance that it never joined while a Node of its name says that it is another’s: an address was given again, and it serves there', () => {
    const seen = (name: string) => (at: number) => {
      const joined = { node: null, instance: { launchedAt: minute(0), nodeNames: [name] } };
      const old = { node: { name: 'reused' }, member: { instanceId: 'i-gone' }, instance: null };
      return aCluster({ workers: { size: 10, sick: { 3: joined, 4: old } } }, at);
    };

    expect(said(watch(60, seen('reused')), id)).toBe('well');
    expect(said(watch(15, seen('another')), id)).toBe(fromReplace);
  });

  it('waits for a Node that was deleted as long as for one that never came', () => {
    const seen = (at: number) => aCluster({ workers: { size: 10, sick: { 3: at < 2 ? {} : { node: null } } } }, at);

    expect(said(watch(16, seen), id)).toBe('well');
    expect(said(watch(17, seen), id)).toBe(fromReplace);
  });

  it('counts anew for one that was well in between, between two looks or at one', () => {
    const blinked = watch(6, (at) => {
      const sickness = { conditions: [aCondition('Ready', 'False', at < 3 ? 0 : 3)] };
      return aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at);
    });
    const wasWell = watch(6, (at) => aCluster({ workers: { size: 10, sick: { 3: at === 3 ? {} : notReady } } }, at));

    expect(said(blinked, id)).toMatch(/^waits: .* waits 2 min more$/);
    expect(said(wasWell, id)).toMatch(/^waits: .* waits 3 min more$/);
  });
});

describe('Events of nodes', () => {
  const rule = (ladder: string[], afterMinutes = 0) =>
    aPolicy({ rules: [{ signal: 'Event:SoftLockup', afterMinutes, ladder }] });
  const event = (heardAt: number, changes = {}) => ({
    nodeName: 'workers-3',
    reason: 'SoftLockup',
    message: 'CPU stuck',
    heardAt: minute(heardAt),
    ...changes,
  });
  /** At the last of these passes. @param told what the API server has at a minute. @param bootAt when it boots again */
  const heard = (
    minutes: number,
    told: (at: number) => Observations['nodeEvents'],
    policy = rule(['reboot', 'page']),
    bootAt = 999,
  ) => {
    const booted = (at: number): Sickness => ({ node: { bootId: at < bootAt ? 'boot-1' : 'boot-2' } });
    const passes = (at: number) => {
      const nodeEvents = told(at);
      return aCluster({ workers: { size: 10, sick: { 3: booted(at) } } }, at, nodeEvents ? { nodeEvents } : {});
    };
    return said(watch(minutes, passes, { policy }), id);
  };
  const once = (at: number) => ({ value: at < 2 ? [] : [event(2)] });
  const again = (at: number) => ({ value: at < 2 ? [] : [event(at)] });

  it.each<[string, string, string]>([
    ['are a reason where a rule names them', heard(2, once), 'repair: reboot, page'],
    ['hold for ten minutes', heard(12, once, rule(['page'], 10)), 'page: an Event tells of SoftLockup: CPU stuck'],
    ['and no longer', heard(13, once, rule(['page'], 11)), 'well'],
    [
      'as long as they are told again',
      heard(62, again, rule(['page'], 60)),
      'page: an Event tells of SoftLockup: CPU stuck',
    ],
    ['are over when the machine has booted', heard(6, once, rule(['page'], 4), 5), 'well'],
    [
      'unless they are told again since',
      heard(11, again, rule(['page'], 5), 5),
      'page: an Event tells of SoftLockup: CPU stuck',
    ],
    ['that are first seen with another boot are from before it', heard(4, once, rule(['reboot', 'page']), 2), 'well'],
    [
      'also when nobody could be asked at the look in between',
      heard(
        6,
        (at) => (at < 2 ? { value: [] } : at < 4 ? { problem: 'Forbidden' } : { value: [event(2)] }),
        rule(['reboot', 'page']),
        3,
      ),
      'well',
    ],
    [
      'unless they are told again in that boot',
      heard(4, (at) => ({ value: at < 2 ? [] : [event(at < 4 ? 2 : 4)] }), rule(['reboot', 'page']), 2),
      'repair: reboot, page',
    ],
    ['are nothing of another node', heard(9, () => ({ value: [event(9, { nodeName: 'workers-4' })] })), 'well'],
    ['are nothing where no rule names them', heard(9, () => ({ value: [event(9)] }), aPolicy()), 'well'],
    [
      'are shown only, by an empty ladder',
      heard(3, once, rule([])),
      'ignored: an Event tells of SoftLockup: CPU stuck: only shown, by the rule for Event:SoftLockup',
    ],
    ['of which nobody can be asked give no reason', heard(9, () => ({ problem: 'Forbidden' })), 'well'],
    [
      'are sick whatever their name ends in',
      heard(
        0,
        () => ({ value: [event(0, { reason: 'IPAMDNotReady' })] }),
        aPolicy({ rules: [{ signal: 'Event:IPAMDNotReady', afterMinutes: 0, ladder: ['page'] }] }),
      ),
      'page: an Event tells of IPAMDNotReady: CPU stuck',
    ],
  ])('%s', (_, seen, expected) => {
    expect(seen).toBe(expected);
  });
});

describe('rules of the registry', () => {
  const rule = (signal: string, afterMinutes: number, ladder: string[], status?: string) =>
    aPolicy({ rules: [{ signal, afterMinutes, ladder, ...(status === undefined ? {} : { status }) }] });
  const alarmed = (minutes: number, policy: HealthPolicy) =>
    said(
      watch(
        minutes,
        (at) => {
          const alarm = { name: 'disk-io', instanceId: id, since: minute(0), why: 'queue > 9' };
          return aCluster({ workers: { size: 10 } }, at, { alarms: { value: [alarm] } });
        },
        { policy },
      ),
      id,
    );

  it.each<[string, Sickness, number, HealthPolicy, string]>([
    ['replace a default', notReady, 1, rule('NotReady', 1, ['reboot', 'page']), 'repair: reboot, page'],
    [
      'for its signal only',
      unknown,
      4,
      rule('NotReady', 1, ['reboot', 'page']),
      'waits: Ready is Unknown (Why: because): waits 1 min more',
    ],
    [
      'switch a signal off',
      notReady,
      60,
      rule('NotReady', 5, []),
      'ignored: Ready is False (Why: because): only shown, by the rule for NotReady',
    ],
    ['may only tell', notReady, 5, rule('NotReady', 5, ['page']), 'page: Ready is False (Why: because)'],
    [
      'add a condition, sick when True',
      condition('Vendor', 'True'),
      2,
      rule('Vendor', 2, ['replace']),
      'repair: replace',
    ],
    ['which is well when False', condition('Vendor', 'False'), 9, rule('Vendor', 2, ['replace']), 'well'],
    [
      'add one that ends in Ready, sick when False',
      condition('VendorReady', 'False'),
      2,
      rule('VendorReady', 2, ['reboot']),
      'repair: reboot',
    ],
    [
      'or in the status they name',
      condition('VendorReady', 'Unknown'),
      2,
      rule('VendorReady', 2, ['reboot'], 'Unknown'),
      'repair: reboot',
    ],
    [
      'make pressure count',
      condition('DiskPressure', 'True'),
      20,
      rule('DiskPressure', 20, ['replace', 'page']),
      fromReplace,
    ],
    ['take over from Auto Scaling', unhealthy, 10, rule('AutoScalingUnhealthy', 10, ['replace']), 'repair: replace'],
    ['let joins take longer', noNode, 29, rule('NeverJoined', 30, ['replace']), 'well'],
  ])('%s', (_, sickness, minutes, policy, expected) => {
    expect(saidAfter(minutes, sickness, policy)).toBe(expected);
  });

  it('make an alarm about an instance count, which says nothing without', () => {
    expect(alarmed(60, aPolicy())).toBe('well');
    expect(alarmed(9, rule('Alarm:disk-io', 10, ['reboot', 'page']))).toBe(
      'waits: alarm disk-io: queue > 9: waits 1 min more',
    );
    expect(alarmed(10, rule('Alarm:disk-io', 10, ['reboot', 'page']))).toBe('repair: reboot, page');
  });
});
