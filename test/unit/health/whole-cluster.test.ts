import { describe, expect, it } from 'vitest';
import type { Observations } from '../../../src/health/observations.ts';
import type { HealthPolicy } from '../../../src/health/policy.ts';
import { aCluster, aPolicy, minute } from '../../support/health/observed.ts';
import { said, watch } from '../../support/health/watch.ts';

const after = (minutes: number, seen: Partial<Observations>, policy: HealthPolicy = aPolicy()) =>
  watch(minutes, (at) => aCluster({ workers: { size: 10 } }, at, seen), { policy });

const dns = (ready: number) => ({ coreDns: { value: { desired: 2, ready } } });
const daemons = { daemonSets: { value: [{ name: 'kube-system/cni', desired: 10, ready: 9 }] } };
const targets = { targets: { value: [{ name: 'web', registered: 10, unhealthy: ['i-workers-0002'] }] } };
const told = (signal: string) => aPolicy({ rules: [{ signal, afterMinutes: 1, ladder: ['page'] }] });

describe('what is of no node', () => {
  it.each<[string, Partial<Observations>, number, string, HealthPolicy, string]>([
    ['CoreDNS is well', dns(2), 60, 'core-dns', aPolicy(), 'well'],
    ['there is no CoreDNS', { coreDns: { value: null } }, 60, 'core-dns', aPolicy(), 'well'],
    [
      'one of CoreDNS is not ready',
      dns(1),
      60,
      'core-dns',
      aPolicy(),
      'shown: CoreDNS: 1 of 2 are ready: only shown, by the rule for CoreDnsNotReady',
    ],
    [
      'none of CoreDNS is ready',
      dns(0),
      4,
      'core-dns',
      aPolicy(),
      'waits: CoreDNS: 0 of 2 are ready: waits 1 min more',
    ],
    ['none for five minutes', dns(0), 5, 'core-dns', aPolicy(), 'page: CoreDNS: 0 of 2 are ready'],
    [
      'and it was told',
      dns(0),
      8,
      'core-dns',
      aPolicy(),
      `told: CoreDNS: 0 of 2 are ready: a person was told at ${minute(5)}`,
    ],
    [
      'a required DaemonSet is not ready',
      daemons,
      60,
      'daemon-set/kube-system/cni',
      aPolicy(),
      'shown: kube-system/cni: 9 of 10 are ready: only shown, by the rule for DaemonSetNotReady',
    ],
    [
      'and the registry wants it told',
      daemons,
      1,
      'daemon-set/kube-system/cni',
      told('DaemonSetNotReady'),
      'page: kube-system/cni: 9 of 10 are ready',
    ],
    [
      'targets are unhealthy',
      targets,
      60,
      'targets/web',
      aPolicy(),
      'shown: 1 of 10 targets of web are unhealthy: i-workers-0002: only shown, by the rule for TargetsUnhealthy',
    ],
    [
      'and the registry wants it told',
      targets,
      1,
      'targets/web',
      told('TargetsUnhealthy'),
      'page: 1 of 10 targets of web are unhealthy: i-workers-0002',
    ],
    [
      'repair is off: nobody is told',
      dns(0),
      5,
      'core-dns',
      aPolicy({ repair: 'off' }),
      'policy: repair is off by policy',
    ],
    [
      'repair is notify: it is told all the same',
      dns(0),
      5,
      'core-dns',
      aPolicy({ repair: 'notify' }),
      'page: CoreDNS: 0 of 2 are ready',
    ],
    [
      'repairs are paused: it is told all the same',
      dns(0),
      5,
      'core-dns',
      aPolicy({ pausedUntil: minute(60) }),
      'page: CoreDNS: 0 of 2 are ready',
    ],
    [
      'the cord is pulled: it is told all the same',
      { ...dns(0), andon: { value: { reason: 'drill', by: 'ann', since: minute(0) } } },
      5,
      'core-dns',
      aPolicy(),
      'page: CoreDNS: 0 of 2 are ready',
    ],
    [
      'nobody can see whether the cord is pulled: it is told all the same',
      { ...dns(0), andon: { problem: 'AccessDenied' } },
      5,
      'core-dns',
      aPolicy(),
      'page: CoreDNS: 0 of 2 are ready',
    ],
    [
      'and so is that',
      { andon: { problem: 'AccessDenied' } },
      15,
      'part/andon',
      aPolicy(),
      'page: the andon parameter could not be read: AccessDenied',
    ],
    [
      'alarms cannot be seen',
      { alarms: { problem: 'AccessDenied' } },
      15,
      'part/alarms',
      aPolicy(),
      'page: CloudWatch alarms could not be read: AccessDenied',
    ],
    [
      'and the registry does not care',
      { alarms: { problem: 'AccessDenied' } },
      15,
      'part/alarms',
      aPolicy({ rules: [{ signal: 'Unseen', afterMinutes: 0, ladder: [] }] }),
      'shown: CloudWatch alarms could not be read: AccessDenied: only shown, by the rule for Unseen',
    ],
  ])('%s', (_, seen, minutes, finding, policy, expected) => {
    expect(said(after(minutes, seen, policy), finding)).toBe(expected);
  });

  it('has a finding when nobody can say who works on what', () => {
    const ledger = () => ({ work: { problem: 'AccessDenied' }, ended: [] });
    const last = watch(15, (at) => aCluster({ workers: { size: 3 } }, at), { ledger });

    expect(said(last, 'part/ledger')).toBe('page: who works on what could not be read: AccessDenied');
  });

  it('is told again when it was well in between', () => {
    const last = watch(20, (at) => aCluster({ workers: { size: 3 } }, at, at === 10 ? dns(2) : dns(0)));

    expect(said(last, 'core-dns')).toBe(`told: CoreDNS: 0 of 2 are ready: a person was told at ${minute(16)}`);
  });

  it('goes on while it cannot be seen, and is told once', () => {
    const last = watch(20, (at) =>
      aCluster({ workers: { size: 3 } }, at, at > 7 && at < 15 ? { coreDns: { problem: 'timeout' } } : dns(0)),
    );

    expect(said(last, 'core-dns')).toBe(`told: CoreDNS: 0 of 2 are ready: a person was told at ${minute(5)}`);
  });
});
