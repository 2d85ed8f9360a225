import { describe, expect, it } from 'vitest';
import { type PlanRebootInput, planReboot } from '../../../src/reboots/plan-reboot.ts';
import { FLUO, NOW, OWNER, type RebootWorld, rebootPolicy, rebootWorld } from '../../support/reboots/healthy.ts';

const wants = { annotations: { [`${FLUO}reboot-needed`]: 'true', [`${FLUO}new-version`]: '4459.2.1' } };

async function plan(world: RebootWorld, input: Partial<PlanRebootInput> = {}) {
  const { ports, sent, changes } = rebootWorld(world);
  const given: PlanRebootInput = {
    cluster: 'demo',
    instanceId: 'i-0abc',
    nodeName: '',
    owner: OWNER,
    way: 'auto',
    preview: false,
    due: false,
    bootId: '',
    commandId: '',
    ...input,
  };
  const { verdict, why, way, leaves, versionDue } = await planReboot(given, ports, rebootPolicy(), NOW);
  expect(changes).toEqual([]);
  return { verdict, why, way, leaves, versionDue, sent };
}

const said = (output: string) => ({ status: 'done' as const, output, errors: '' });

describe('what is planned for a node that is to be updated in place', () => {
  it('takes FLUO’s agent where it has told of itself', async () => {
    expect(await plan({ node: wants })).toMatchObject({ verdict: 'reboot', way: 'agent', versionDue: true });
    const no = { annotations: { [`${FLUO}reboot-needed`]: 'false' } };
    expect(await plan({ node: no })).toMatchObject({ verdict: 'not-due', way: 'agent', sent: [] });
  });

  it('asks the machine by our document where no agent is, once, and only looks for a plan', async () => {
    expect(await plan({})).toMatchObject({ verdict: 'wait', way: 'document', sent: ['update'] });
    expect(await plan({}, { preview: true })).toMatchObject({ verdict: 'wait', sent: ['look'] });
    expect(await plan({}, { commandId: 'command-1', way: 'document' })).toMatchObject({ verdict: 'wait', sent: [] });
  });

  it('reads what the machine says', async () => {
    const yes =
      'os: debian\nreboot-required: yes\nversion-changes: no\nnew-version: \nwhy: a reboot is asked for by libc6';
    const asked = { commandId: 'command-1' };
    expect(await plan({ result: said(yes) }, asked)).toMatchObject({
      verdict: 'reboot',
      versionDue: false,
      why: 'a reboot is asked for by libc6',
    });
    expect(await plan({ result: said('reboot-required: no\nwhy: nothing') }, asked)).toMatchObject({
      verdict: 'not-due',
    });
    const refused = { status: 'failed' as const, output: '', errors: 'refused: Bottlerocket has no shell' };
    expect(await plan({ result: refused }, asked)).toMatchObject({
      verdict: 'refused',
      why: 'its machine could not be asked: refused: Bottlerocket has no shell',
    });
    expect(await plan({ result: said('garbage') }, asked)).toMatchObject({ verdict: 'refused' });
  });

  it('asks the machine anew when it has booted since it was asked, and does not take what it said then for its wish', async () => {
    const due = { way: 'document', due: true, commandId: 'command-1' } as const;
    expect(await plan({}, { ...due, bootId: 'boot-1' })).toMatchObject({ verdict: 'reboot', sent: [] });
    expect(await plan({}, { ...due, bootId: 'boot-0' })).toMatchObject({ verdict: 'wait', sent: ['update'] });
    const stale = { ...due, due: false, bootId: 'boot-0' };
    expect(await plan({ result: said('reboot-required: yes') }, stale)).toMatchObject({ sent: ['update'] });
  });

  it.each<[string, RebootWorld, object]>([
    ['gone', { gone: 'instance' }, { verdict: 'aside', leaves: true }],
    ['leaving', { place: { lifecycleState: 'Terminating:Wait' } }, { verdict: 'aside', leaves: true }],
    ['stopped', { instance: { state: 'stopped' } }, { verdict: 'aside', leaves: true }],
    ['taken by a later signal', { claim: { owner: OWNER, leaving: true } }, { verdict: 'aside', leaves: true }],
    ['in no group', { gone: 'place' }, { verdict: 'aside', leaves: false }],
    ['of another cluster', { place: { tags: { 'tender:cluster': 'other' } } }, { verdict: 'aside' }],
    ['in standby', { place: { lifecycleState: 'Standby' } }, { verdict: 'aside' }],
    ['in a warm pool', { place: { lifecycleState: 'Warmed:Running' } }, { verdict: 'aside' }],
    ['joining', { place: { lifecycleState: 'Pending:Wait' } }, { verdict: 'aside' }],
    [
      'another execution’s',
      { claim: { owner: 'arn:1:2:3:4:5:6:node-repair:x', leaving: false } },
      { verdict: 'aside', leaves: false },
    ],
    [
      'of a managed node group',
      { place: { tags: { 'tender:cluster': 'demo', 'eks:nodegroup-name': 'x' } } },
      { verdict: 'aside' },
    ],
    ['Karpenter’s', { instance: { tags: { 'karpenter.sh/nodepool': 'x' } } }, { verdict: 'aside' }],
    ['being refreshed', { place: { refreshes: 1 } }, { verdict: 'aside' }],
    ['of nobody knows whose refresh', { place: { refreshes: 'unknown' } }, { verdict: 'aside' }],
    ['without a Node, as external etcd', { node: 'none' }, { verdict: 'aside' }],
    [
      'not Ready',
      { node: { ...wants, ready: false } },
      { verdict: 'aside', why: 'its node is not Ready: that is for a repair' },
    ],
    ['unknown to an API server that is away', { node: 'unknown' }, { verdict: 'wait' }],
    ['paused', { node: { annotations: { ...wants.annotations, 'tender.sh/paused': 'true' } } }, { verdict: 'stopped' }],
    [
      'paused by its group',
      { node: wants, place: { tags: { 'tender:cluster': 'demo', 'tender:paused': '2026-03-01T13:00:00Z' } } },
      { verdict: 'stopped' },
    ],
    [
      'paused by FLUO',
      { node: { annotations: { ...wants.annotations, [`${FLUO}reboot-paused`]: 'true' } } },
      { verdict: 'stopped' },
    ],
    [
      'under the andon',
      { node: wants, andon: true },
      { verdict: 'stopped', why: 'the andon is on since 12:00 (ann): a look' },
    ],
    [
      'coordinated by another',
      { node: { ...wants, labels: { [`${FLUO}before-reboot`]: 'true' } } },
      { verdict: 'aside' },
    ],
    ['without any agent', { agent: 'offline' }, { verdict: 'aside' }],
    ['elsewhere, without FLUO', { agent: 'elsewhere' }, { verdict: 'aside' }],
    ['elsewhere, with FLUO', { agent: 'elsewhere', node: wants }, { verdict: 'reboot', way: 'agent' }],
  ])('one that is %s', async (_what, world, expected) => {
    expect(await plan(world)).toMatchObject(expected);
  });

  it('one that a person keeps drained is left to that person, but not one that was registered anew since', async () => {
    const claim = {
      owner: 'arn:aws:states:us-east-1:123456789012:execution:tender-dev-node-drain:one',
      leaving: false,
    };
    const of = async (annotations: Readonly<Record<string, string>>) => {
      const { ports } = rebootWorld({ node: { annotations: { ...wants.annotations, ...annotations } }, claim });
      const input = { cluster: 'demo', instanceId: 'i-0abc', nodeName: '', owner: OWNER, preview: false };
      const given: PlanRebootInput = { ...input, way: 'auto', due: false, bootId: '', commandId: '' };
      return planReboot(given, { ...ports, executions: { isRunning: async () => false } }, rebootPolicy(), NOW);
    };
    expect(await of({ 'tender.sh/owner': claim.owner })).toMatchObject({
      verdict: 'aside',
      why: expect.stringContaining('tender node put-back ip-10-0-1-23 demo'),
    });
    expect(await of({})).toMatchObject({ verdict: 'reboot' });
  });

  it('a pause that is over holds nothing', async () => {
    const node = { annotations: { ...wants.annotations, 'tender.sh/paused': '2026-03-01T11:00:00Z' } };
    expect(await plan({ node })).toMatchObject({ verdict: 'reboot' });
  });

  it('a plain reboot is asked for by somebody, and needs no agent; but a member of etcd that can be spared', async () => {
    expect(await plan({ agent: 'offline' }, { way: 'reboot' })).toMatchObject({ verdict: 'reboot', way: 'reboot' });
    const place = { tags: { 'tender:cluster': 'demo', 'tender:role': 'control-plane' } };
    expect(await plan({ place }, { way: 'reboot' })).toMatchObject({ verdict: 'reboot' });
    for (const quorum of ['lost', 'unknown'] as const)
      expect(await plan({ place, quorum }, { way: 'reboot' })).toMatchObject({ verdict: 'refused' });
  });
});
