import { describe, expect, it } from 'vitest';
import { ladderOf, rungsLeft } from '../../../src/repairs/choose-rung.ts';
import { observe, type Sight } from '../../../src/repairs/observe.ts';
import { planRepair } from '../../../src/repairs/plan-repair.ts';
import type { Agents, Rung, SickInstance } from '../../../src/repairs/ports.ts';
import {
  aCondition,
  ago,
  aNode,
  anInput,
  anInstance,
  aPlace,
  aPolicy,
  aSight,
  noon,
  showing,
  us,
} from './repair-builder.ts';

const sick: Partial<Sight> = { node: aNode([aCondition('Ready', 'Unknown')]) };
const tried = (rung: Rung) => ({ rung, outcome: 'it did not help', seconds: 300 });
const others = 'arn:aws:states:us-east-1:111122223333:execution:tender-dev-node-drain:by-hand';

const plan = (
  sight: Partial<Sight> = {},
  input: Parameters<typeof anInput>[0] = {},
  ports: Parameters<typeof showing>[1] = {},
  policy = aPolicy(),
) => planRepair(anInput(input), showing(aSight({ ...sick, ...sight }), ports), policy, noon);

describe('whose node it is', () => {
  it.each<readonly [string, Partial<Sight>, RegExp, boolean]>([
    ['gone', { instance: undefined }, /gone/, true],
    ['terminated', { instance: anInstance({ state: 'terminated' }) }, /gone/, true],
    ['stopped', { instance: anInstance({ state: 'stopped' }) }, /stopped/, true],
    ['on its way out', { place: aPlace({ lifecycleState: 'Terminating:Wait' }) }, /leaves/, true],
    ['claimed by ourselves, and told to go', { claim: { owner: us, leaving: true } }, /later signal/, true],
    ['claimed by somebody else', { claim: { owner: others, leaving: false } }, /tender-dev-node-drain:by-hand/, false],
    ['in no group', { place: undefined }, /no Auto Scaling group/, false],
    ['on standby', { place: aPlace({ lifecycleState: 'Standby' }) }, /Standby/, false],
    ['joining', { place: aPlace({ lifecycleState: 'Pending:Wait' }) }, /Pending:Wait/, false],
    ['of another cluster', { place: aPlace({ tags: { 'tender:cluster': 'other' } }) }, /tender:cluster=other/, false],
    ['EKS’s', { place: aPlace({ tags: { 'tender:cluster': 'demo', 'eks:nodegroup-name': 'a' } }) }, /EKS/, false],
    ['Karpenter’s', { instance: anInstance({ tags: { 'karpenter.sh/nodepool': 'a' } }) }, /Karpenter/, false],
    ['being refreshed', { place: aPlace({ refreshes: 1 }) }, /instance refresh/, false],
    ['perhaps being refreshed', { place: aPlace({ refreshes: 'unknown' }) }, /nobody can say/, false],
  ])('one that is %s is left aside', async (_what, sight, why, leaves) => {
    expect(await plan(sight)).toMatchObject({ verdict: 'aside', why: expect.stringMatching(why), leaves });
  });

  it('is ours when its claim is ours, or of an execution that is dead', async () => {
    expect((await plan({ claim: { owner: us, leaving: false } })).verdict).toBe('restart');
    const dead = {
      ...showing(aSight({ ...sick, claim: { owner: others, leaving: false } })),
      executions: { isRunning: async () => false },
    };
    expect((await planRepair(anInput(), dead, aPolicy(), noon)).verdict).toBe('restart');
  });

  it.each(['reboot', 'replace'] as const)(
    'is a person’s where one has drained it: its kubelet is restarted, and a %s is left to that person',
    async (from) => {
      const node = aNode([aCondition('Ready', 'Unknown')], { annotations: { 'tender.sh/owner': others } });
      expect(await plan({ node }, { from })).toMatchObject({
        verdict: 'aside',
        why: expect.stringMatching(/tender-dev-node-drain:by-hand.*tender node put-back node-a demo/),
      });
      expect((await plan({ node })).verdict).toBe('restart');
      const mine = aNode([aCondition('Ready', 'Unknown')], { annotations: { 'tender.sh/owner': us } });
      expect((await plan({ node: mine }, { from })).verdict).toBe(from);
    },
  );

  it('is no person’s any more where its Node was registered anew after a drain by hand', async () => {
    const claim = { owner: others, leaving: false };
    const of = async (node: Sight['node']) => {
      const ports = { ...showing(aSight({ node, claim })), executions: { isRunning: async () => false } };
      const { keptBy } = await observe(anInput(), ports);
      return { keptBy, verdict: (await planRepair(anInput({ from: 'reboot' }), ports, aPolicy(), noon)).verdict };
    };
    const ill = [aCondition('Ready', 'Unknown')];
    expect(await of(aNode(ill))).toEqual({ keptBy: undefined, verdict: 'reboot' });
    const kept = aNode(ill, { annotations: { 'tender.sh/owner': others } });
    expect(await of(kept)).toEqual({ keptBy: others, verdict: 'aside' });
    for (const unseen of ['none', 'unknown'] as const) expect(await of(unseen)).toMatchObject({ keptBy: others });
  });
});

describe('what comes next', () => {
  it('nothing for a node that is well, whatever was tried', async () => {
    expect(await plan({ node: aNode() }, { tried: [tried('restart')] })).toMatchObject({ verdict: 'mended' });
  });

  it('nothing while nobody can say how it is', async () => {
    expect(await plan({ node: 'unknown' })).toMatchObject({ verdict: 'wait' });
  });

  it.each<readonly [SickInstance['systemStatus'], string, string]>([
    ['ok', 'mended', 'mended'],
    ['impaired', 'reboot', 'reboot'],
    ['insufficient-data', 'wait', 'reboot'],
    ['initializing', 'wait', 'reboot'],
    ['not-applicable', 'wait', 'reboot'],
  ])('a status check that is %s: %s before anything was tried, %s after that', async (systemStatus, first, later) => {
    const signal = 'SystemStatus';
    const instance = anInstance({ systemStatus });
    const after = { signal, ladder: ['reboot'] as const, rungSince: ago(9) };
    expect((await plan({ node: aNode(), instance }, { ...after, rungSince: '' })).verdict).toBe(first);
    expect((await plan({ node: aNode(), instance }, after)).verdict).toBe(later);
    expect((await plan({ instance }, { ...after, rungSince: '' })).verdict).toBe('reboot');
  });

  it.each<readonly [string, Parameters<typeof anInput>[0], string]>([
    ['that was away at the last look', { contact: { lookedAt: ago(1), awaySince: ago(9), backSince: '' } }, 'wait'],
    ['that answers since 4 min', { contact: { lookedAt: ago(1), awaySince: '', backSince: ago(4) } }, 'wait'],
    ['that answers since 5 min', { contact: { lookedAt: ago(1), awaySince: '', backSince: ago(5) } }, 'reboot'],
  ])('nothing yet for a node that is silent to an API server %s', async (_what, input, verdict) => {
    const rung = { tried: [tried('restart')], ...input };
    expect((await plan({}, rung)).verdict).toBe(verdict);
    expect((await plan({ node: aNode() }, rung)).verdict).toBe('mended');
  });

  it.each<readonly [string, readonly Rung[], Rung, number]>([
    ['a restart first', [], 'restart', 300],
    ['then a reboot', ['restart'], 'reboot', 600],
    ['then a replacement', ['restart', 'reboot'], 'replace', 1_800],
    ['then a person', ['restart', 'reboot', 'replace'], 'page', 0],
  ])('%s', async (_what, done, verdict, rungSeconds) => {
    expect(await plan({}, { tried: done.map(tried) })).toMatchObject({
      verdict,
      rungSeconds,
      why: 'Ready is Unknown (Told)',
    });
  });

  it('no restart where no agent answers, or where our document is not: it is left out by name', async () => {
    const deaf: Agents = {
      answers: async () => false,
      restart: async () => 'unreachable',
      result: async () => ({ status: 'failed', output: '', errors: '' }),
    };
    expect(await plan({}, {}, { agents: deaf })).toMatchObject({
      verdict: 'reboot',
      skipped: [{ rung: 'restart', outcome: 'left out: its SSM agent does not answer' }],
    });
    expect(await plan({}, {}, { agents: 'elsewhere' })).toMatchObject({
      verdict: 'reboot',
      skipped: [{ rung: 'restart', outcome: expect.stringContaining('not in its account') }],
    });
  });

  it.each(['control-plane', 'etcd'])('a restart of a %s asks nobody, a reboot asks etcd', async (role) => {
    const place = aPlace({ tags: { 'tender:cluster': 'demo', 'tender:role': role } });
    for (const quorum of ['kept', 'lost', 'unknown'] as const) {
      const ports = { quorum: { without: async () => ({ quorum, why: 'member b is silent' }) } };
      expect((await plan({ place }, {}, ports)).verdict).toBe('restart');
      const next = await plan({ place }, { tried: [tried('restart')] }, ports);
      expect(next.verdict).toBe(quorum === 'kept' ? 'reboot' : 'page');
      if (quorum !== 'kept') expect(next.why).toMatch(/quorum without it: member b is silent/);
    }
  });

  it('nothing while the andon is on, and nobody is asked about it for a node that is well', async () => {
    const cord = { reason: 'we look', since: '2026-03-01T11:00:00Z', by: 'ann' };
    const andon = { read: async () => cord };
    expect(await plan({}, {}, { andon })).toMatchObject({
      verdict: 'stopped',
      why: expect.stringContaining('(ann): we look'),
    });
    expect(await plan({ node: aNode() }, {}, { andon })).toMatchObject({ verdict: 'mended' });
  });

  it.each(['notify', 'off'] as const)(
    'nothing where the policy says %s by now, unless a person began it',
    async (repair) => {
      const why = `health.repair of the registry entry is ${repair}`;
      expect(await plan({}, {}, {}, aPolicy({ repair }))).toMatchObject({ verdict: 'stopped', why });
      expect(await plan({}, { signal: '' }, {}, aPolicy({ repair }))).toMatchObject({ verdict: 'restart' });
    },
  );

  it.each<readonly [string, string, 'stopped' | 'restart']>([
    ['true', 'true', 'stopped'],
    ['a time to come', '2026-03-01T12:00:01Z', 'stopped'],
    ['a time that is over', '2026-03-01T12:00:00Z', 'restart'],
    ['words that are no time', 'until ann is back', 'stopped'],
    ['false', 'false', 'restart'],
  ])('a pause of %s, wherever it stands', async (_what, until, verdict) => {
    const node = aNode([aCondition('Ready', 'Unknown')], { annotations: { 'tender.sh/paused': until } });
    const place = aPlace({ tags: { ...aPlace().tags, 'tender:paused': until } });
    expect((await plan({ node })).verdict).toBe(verdict);
    expect((await plan({ place })).verdict).toBe(verdict);
    expect((await plan({}, {}, {}, aPolicy({ pausedUntil: until }))).verdict).toBe(verdict);
  });

  it('a pause is told with where it is written', async () => {
    const pausedUntil = ago(-9);
    expect((await plan({}, {}, {}, aPolicy({ pausedUntil }))).why).toBe(
      `it is paused by the registry entry (health.pausedUntil): ${pausedUntil}`,
    );
    const pausedBy = 'tender pause (parameter /tender/paused/demo)';
    expect((await plan({}, {}, {}, aPolicy({ pausedUntil, pausedBy }))).why).toBe(
      `it is paused by ${pausedBy}: ${pausedUntil}`,
    );
  });

  it('finds the instance of a node that is named, and keeps the first boot and its conditions in mind', async () => {
    const first = await plan({}, { instanceId: '', bootId: '' });
    expect(first).toMatchObject({
      instanceId: 'i-0abc',
      bootId: 'boot-1',
      conditions: expect.stringContaining('Ready=Unknown@'),
    });
    const later = await plan(
      { node: aNode([aCondition('Ready', 'Unknown')], { bootId: 'boot-2' }) },
      { bootId: 'boot-1', conditions: 'x' },
    );
    expect(later).toMatchObject({ bootId: 'boot-1', conditions: 'x' });
  });
});

describe('what was only told of', () => {
  const told = ['Event:SoftLockup', 'Alarm:gpu', 'AutoScalingUnhealthy'];
  const well = { node: aNode() };
  const ladder = ['restart', 'reboot', 'replace'] as const;
  const passSees = (signals: readonly string[] | null | undefined, at = ago(1)) => ({
    standings: {
      of: async () => ({ at, repair: { holds: [], launchFirst: false, ...(signals !== undefined && { signals }) } }),
    },
  });

  it.each(told)('is a reason at first: %s', async (signal) => {
    expect(await plan(well, { signal, ladder }, passSees([signal]))).toMatchObject({ verdict: 'restart' });
    expect(await plan(well, { signal, ladder })).toMatchObject({ verdict: 'restart' });
  });

  it.each(told)('is over when the machine has booted since, whoever did it: %s', async (signal) => {
    const booted = aNode([], { bootId: 'boot-2' });
    expect(await plan({ node: booted }, { signal }, passSees([signal]))).toMatchObject({ verdict: 'mended' });
    const silent = aNode([aCondition('Ready', 'False')], { bootId: 'boot-2' });
    expect(await plan({ node: silent }, { signal }, passSees([signal]))).toMatchObject({ verdict: 'restart' });
  });

  it.each(told)('is over when a rung was done, though the node was Ready only after its time: %s', async (signal) => {
    const after = { signal, ladder, tried: [tried('restart')], rungSince: ago(6) };
    expect(await plan(well, { ...after, rungDone: true })).toMatchObject({ verdict: 'mended' });
    expect(await plan({}, { ...after, rungDone: true })).toMatchObject({ verdict: 'reboot' });
    // Nobody took the command.
    expect(await plan(well, { ...after, rungDone: false })).toMatchObject({ verdict: 'reboot' });
  });

  it.each(told)('is over when the last pass sees it no more: %s', async (signal) => {
    expect(await plan(well, { signal }, passSees([]))).toMatchObject({ verdict: 'mended' });
    expect(await plan({}, { signal }, passSees(['Unknown']))).toMatchObject({ verdict: 'restart' });
    // Nobody could see it, or nobody says so.
    for (const unseen of [null, undefined])
      expect(await plan(well, { signal }, passSees(unseen))).toMatchObject({ verdict: 'restart' });
    expect(await plan(well, { signal }, passSees([], ago(60)))).toMatchObject({ verdict: 'wait' });
  });

  it('is gone through with on a node that was emptied for it', async () => {
    const emptied = { ...well, claim: { owner: us, leaving: false } };
    const after = { signal: 'Event:SoftLockup', ladder: ['reboot'] as const, rungSince: ago(20) };
    expect(await plan(emptied, after, passSees([]))).toMatchObject({ verdict: 'reboot' });
  });
});

describe('a ladder', () => {
  it.each<readonly [string, readonly Rung[], readonly Rung[] | undefined, Rung | undefined, readonly Rung[]]>([
    ['as it was given', ['reboot', 'page'], ['restart'], undefined, ['reboot', 'page']],
    ['that of the rule', [], ['replace'], undefined, ['replace', 'page']],
    ['all of it', [], undefined, undefined, ['restart', 'reboot', 'replace', 'page']],
    ['all of it where the rule only shows', [], [], undefined, ['restart', 'reboot', 'replace', 'page']],
    ['from a rung on', [], undefined, 'reboot', ['reboot', 'replace', 'page']],
    ['from a rung on that it has not', ['restart', 'replace'], undefined, 'reboot', ['reboot', 'replace', 'page']],
  ])('%s', (_what, given, rule, from, wanted) => {
    expect(ladderOf(given, rule, from)).toEqual(wanted);
  });

  it('is never climbed down', () => {
    expect(rungsLeft(['restart', 'reboot', 'replace', 'page'], [{ rung: 'reboot' }])).toEqual(['replace', 'page']);
  });
});

it('a lease is asked for only where it matters', async () => {
  let asked = 0;
  const ports = showing(aSight());
  const nodes = {
    ...ports.nodes,
    leaseRenewedAt: async () => {
      asked += 1;
      return ago(0);
    },
  };
  await planRepair(anInput(), { ...ports, nodes }, aPolicy(), noon);
  await planRepair(anInput({ signal: 'LeaseStopped' }), { ...ports, nodes }, aPolicy(), noon);
  expect(asked).toBe(1);
});

describe('by a person', () => {
  const byHand = { signal: '' };
  const well = { node: aNode() };
  const sees = (signs: readonly string[], at = ago(1)) => ({
    standings: { of: async () => ({ at, signs, repair: undefined }) },
  });
  const rules = aPolicy({
    rules: [
      { signal: 'GpuReady', ladder: ['reboot', 'page'] },
      { signal: 'DiskPressure', ladder: ['replace'] },
      { signal: 'DiskPressure', status: 'Unknown', ladder: ['page'] },
      { signal: 'KernelDeadlock', ladder: [] },
    ],
  });

  it.each<[string, string, 'True' | 'False' | 'Unknown', string]>([
    ['node problem detector’s', 'CorruptDockerOverlay2', 'True', 'restart'],
    ['node problem detector’s', 'FrequentUnregisterNetDevice', 'True', 'restart'],
    ['a rule of the registry', 'GpuReady', 'False', 'restart'],
    ['a rule of the registry', 'DiskPressure', 'True', 'restart'],
    ['one of several rules', 'DiskPressure', 'Unknown', 'restart'],
    ['what a rule only shows', 'KernelDeadlock', 'True', 'mended'],
    ['what nobody acts upon', 'PIDPressure', 'True', 'mended'],
  ])('a condition is a reason: %s %s %s → %s', async (_, type, status, verdict) => {
    const node = aNode([aCondition(type, status)]);
    expect((await plan({ node }, byHand, {}, rules)).verdict).toBe(verdict);
  });

  it.each(['LeaseStopped', 'Flapping', 'Alarm:gpu', 'Event:SoftLockup'])(
    'what the last pass sees is a reason: %s',
    async (signal) => {
      expect(await plan(well, byHand, sees([signal]))).toMatchObject({
        verdict: 'restart',
        why: `the last health pass sees ${signal}`,
      });
      expect((await plan(well, byHand, sees([signal], ago(60)))).verdict).toBe('mended');
      expect((await plan(well, { ...byHand, rungDone: true }, sees([signal]))).verdict).toBe('mended');
    },
  );

  it('a kubelet that has not renewed its lease since the first look is none that is well', async () => {
    const stopped = { ...byHand, bootId: 'boot-1', conditions: `lease@${ago(9)}` };
    expect((await plan({ ...well, leaseRenewedAt: ago(9) }, stopped)).verdict).toBe('restart');
    expect((await plan({ ...well, leaseRenewedAt: ago(0) }, stopped)).verdict).toBe('mended');
    expect((await plan({ ...well, leaseRenewedAt: '' }, { ...stopped, conditions: 'lease@' })).verdict).toBe('mended');
  });

  it('a node that is well is left alone, and it says how to take a rung all the same', async () => {
    expect(await plan(well, byHand)).toMatchObject({ verdict: 'mended', why: expect.stringContaining('--from') });
  });

  it.each(['restart', 'reboot', 'replace'] as const)(
    'a rung that was asked for is taken of a node that is well: %s',
    async (from) => {
      const asked = { ...byHand, from };
      expect(await plan(well, asked)).toMatchObject({ verdict: from, why: 'a person asked for it' });
      const tried = [{ rung: from, outcome: 'it did not boot', seconds: 9 }];
      expect((await plan(well, { ...asked, tried, rungDone: true })).verdict).toBe('mended');
    },
  );

  it('a rung that was asked for goes past no other gate', async () => {
    const asked = { ...byHand, from: 'reboot' } as const;
    const paused = aNode([], { annotations: { 'tender.sh/paused': 'true' } });
    expect((await plan({ node: paused }, asked)).verdict).toBe('stopped');
    expect((await plan({ node: 'unknown' }, asked)).verdict).toBe('wait');
    const cord = { reason: 'upgrade', by: 'ann', since: ago(9) };
    expect((await plan(well, asked, { andon: { read: async () => cord } })).verdict).toBe('stopped');
    const controlPlane = {
      ...well,
      place: aPlace({ tags: { 'tender:cluster': 'demo', 'tender:role': 'control-plane' } }),
    };
    const quorum = { without: async () => ({ quorum: 'lost', why: 'm2 is away' }) as const };
    expect((await plan(controlPlane, asked, { quorum })).verdict).toBe('page');
  });

  it('a health pass takes no rung of a node that is well for where it begins', async () => {
    expect((await plan(well, { signal: 'Unknown', from: 'reboot' })).verdict).toBe('mended');
  });
});
