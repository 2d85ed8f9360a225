import { describe, expect, it } from 'vitest';
import { planUpdate, type UpdateFacts, type UpdateWish } from '../../../src/updates/plan-update.ts';
import type { DescribedGroup, UpdatingMember } from '../../../src/updates/ports.ts';
import type { NodeGroup } from '../../../src/updates/sight.ts';
import { rulesOfModel } from '../../support/updates/model.ts';
import { aRecord } from '../../support/updates/record.ts';

const now = new Date('2026-03-01T12:00:00Z');
const launches = (version: string) => ({ launchTemplateId: 'lt-1', version, imageId: `ami-${version}` });
const member = (instanceId: string, version: string, more: Partial<UpdatingMember> = {}): UpdatingMember => ({
  instanceId,
  lifecycleState: 'InService',
  healthy: true,
  zone: 'a',
  launchTemplateId: 'lt-1',
  version,
  launchedAt: '2026-02-01T00:00:00Z',
  ...more,
});
const group: DescribedGroup = {
  name: 'workers',
  role: 'worker',
  min: 0,
  max: 6,
  desired: 3,
  launchTemplateId: 'lt-1',
  version: '1',
  suspended: [],
  members: [member('i-1', '1'), member('i-2', '1', { zone: 'b' }), member('i-3', '1')],
  tags: {},
  hasOwnTemplates: false,
  instanceRefreshes: 0,
};
const facts: UpdateFacts = {
  group,
  current: launches('1'),
  target: launches('2'),
  image: { state: 'available', architecture: 'x86_64' },
  imageBefore: { state: 'available', architecture: 'x86_64' },
  bad: undefined,
  record: undefined,
  isUnderWay: false,
  otherGroup: '',
  paused: '',
  andon: null,
  window: { open: true, until: '', next: '', why: 'open at any time' },
  nodes: ['i-1', 'i-2', 'i-3'].map((instanceId) => ({
    name: `node-${instanceId}`,
    instanceId,
    ready: instanceId !== 'i-3',
    outdated: false,
    held: false,
    heldByUs: false,
    owner: '',
  })),
  managed: undefined,
  etcdLeader: '',
  wanting: [],
};
const known = facts.nodes === 'unknown' ? [] : facts.nodes;
const wish: UpdateWish = {
  cluster: 'demo',
  groupName: 'workers',
  version: '',
  olderThanDays: 0,
  resume: false,
  rollBack: false,
  now: false,
};
const plan = (
  found: Partial<UpdateFacts> = {},
  wanted: Partial<UpdateWish> = {},
  rules: Partial<typeof rulesOfModel> = {},
) => planUpdate({ ...wish, ...wanted }, { ...facts, ...found }, { ...rulesOfModel, maxSurge: 1, ...rules }, now);

const aName = { clusterName: 'demo', nodeGroup: 'general' };
const launchesOf = (version: string) => ({ launchTemplateId: '', version, imageId: '' });
const managed = (about: Partial<NodeGroup>) => ({
  name: aName,
  group: {
    status: 'ACTIVE',
    release: '1.34.1-20260110',
    kubernetesVersion: '1.34',
    amiType: 'AL2023_x86_64_STANDARD',
    template: null,
    maxUnavailable: '33%',
    ...about,
  },
});

describe('a plan', () => {
  it('names nodes in their order, what is unwell first and zones in turn, and about how long and how dear it is', () => {
    const made = plan();
    expect(made).toMatchObject({
      verdict: 'update',
      target: { version: '2' },
      previous: { version: '1' },
      surges: true,
      waveSize: 1,
    });
    expect(made.nodes.map(({ nodeName }) => nodeName)).toEqual(['node-i-3', 'node-i-1', 'node-i-2']);
    expect(made.expectedMinutes).toBeGreaterThan(20);
    expect(made.expectedDollars).toBeGreaterThan(0);
  });

  it('in place leaves out a node that a person keeps drained, and says which one and what to do', () => {
    const owner = 'arn:aws:states:us-east-1:123456789012:execution:tender-dev-node-drain:one';
    const kept = known.map((node) => (node.instanceId === 'i-2' ? { ...node, owner } : node));
    const why =
      '; left out, and not updated: node-i-2, a person keeps it drained (tender-dev-node-drain:one): ' +
      'have it put back first (tender node put-back node-i-2 demo)';
    const made = plan({ nodes: kept, wanting: ['i-1', 'i-2'] }, {}, { way: 'in-place' });
    expect(made).toMatchObject({ verdict: 'update', why: `1 of 3 nodes are outdated${why}` });
    expect(made.nodes.map(({ nodeName }) => nodeName)).toEqual(['node-i-1']);
    const alone = plan({ nodes: kept, wanting: ['i-2'] }, {}, { way: 'in-place' });
    expect(alone).toMatchObject({ verdict: 'nothing', why: `all other nodes are current${why}` });
    // A replacement takes the machine away in any case, and a workflow's own drain is nobody's wish.
    expect(plan({ nodes: kept })).toMatchObject({ why: '3 of 3 nodes are outdated' });
    const drained = known.map((node) => ({ ...node, owner: owner.replace('node-drain', 'node-update') }));
    expect(plan({ nodes: drained, wanting: ['i-2'] }, {}, { way: 'in-place' })).toMatchObject({ verdict: 'update' });
  });

  it('puts etcd’s leader last, and moves a control plane one by one', () => {
    const made = plan(
      { group: { ...group, role: 'control-plane' }, etcdLeader: 'i-3' },
      {},
      { maxSurge: 3, perGroup: 3 },
    );
    expect([made.nodes.at(-1)?.instanceId, made.waveSize]).toEqual(['i-3', 1]);
  });

  it('finds nothing to do where all are current, unless the group follows an alias', () => {
    const current = { ...group, members: group.members.map((one) => ({ ...one, version: '2' })) };
    expect(plan({ group: current })).toMatchObject({ verdict: 'nothing' });
    expect(plan({ group: { ...current, version: '$Latest' } })).toMatchObject({
      verdict: 'update',
      followed: '$Latest',
      nodes: [],
    });
  });

  it('of a managed node group has EKS roll all its nodes, as many at a time as EKS is told to', () => {
    const facts = {
      managed: managed({}),
      current: launchesOf('1.34.1-20260110'),
      target: launchesOf('1.34.2-20260220'),
    };
    const made = plan(facts);
    expect(made).toMatchObject({ verdict: 'update', way: 'managed', managed: aName, surges: true, waveSize: 1 });
    expect([made.nodes.length, made.followed]).toEqual([3, '']);
    expect(plan({ ...facts, target: facts.current }).verdict).toBe('nothing');
  });

  it('takes nodes that are older than they may be, whatever they run', () => {
    const young = {
      ...group,
      members: [...group.members.slice(1), member('i-1', '1', { launchedAt: '2026-02-28T00:00:00Z' })],
    };
    const made = plan({ group: young, target: launches('1') }, { olderThanDays: 14 });
    expect([made.verdict, made.nodes.map(({ instanceId }) => instanceId).sort()]).toEqual(['update', ['i-2', 'i-3']]);
  });

  it.each<[string, Partial<UpdateFacts>, Partial<UpdateWish>, Partial<typeof rulesOfModel>]>([
    ['there is no Auto Scaling group of this name', { group: undefined }, {}, {}],
    ['EKS has no node group general', { managed: { name: aName, group: undefined } }, {}, {}],
    ['EKS says that node group general is UPDATING', { managed: managed({ status: 'UPDATING' }) }, {}, {}],
    ['nobody can say to which release', { managed: managed({}), target: launchesOf('') }, {}, {}],
    [
      'its image is its own',
      { managed: managed({ template: { id: 'lt-1', version: '1' } }), target: launchesOf('9') },
      {},
      {},
    ],
    [
      'EKS replaces no nodes for their age',
      { managed: managed({}), target: launchesOf('9') },
      { olderThanDays: 30 },
      {},
    ],
    [
      'image ami-2 was rolled back at noon in cluster b',
      {
        managed: managed({ template: { id: 'lt-1', version: '1' } }),
        bad: { imageId: 'ami-2', why: 'x', since: 'noon', cluster: 'b' },
      },
      {},
      {},
    ],
    [
      'image ami-2 of version 2 does not exist',
      { managed: managed({ template: { id: 'lt-1', version: '1' } }), image: undefined },
      {},
      {},
    ],
    [
      'EKS takes no managed node group back',
      { managed: managed({}), record: aRecord({ way: 'managed', status: 'done' }) },
      { rollBack: true },
      {},
    ],
    ['an instance refresh is at work', { group: { ...group, instanceRefreshes: 1 } }, {}, {}],
    ['nobody can say whether an instance refresh', { group: { ...group, instanceRefreshes: 'unknown' } }, {}, {}],
    ['launch templates of their own', { group: { ...group, hasOwnTemplates: true } }, {}, {}],
    ['members of an etcd of its own', { group: { ...group, role: 'etcd' } }, {}, {}],
    ['an update is under way since', { isUnderWay: true, record: aRecord() }, {}, {}],
    ['group spot of the cluster is updated now', { otherGroup: 'spot' }, {}, {}],
    ['the andon is on since', { andon: { reason: 'look', since: 'noon', by: 'ann' } }, {}, {}],
    ['the cluster is paused', { paused: 'the cluster is paused until 13:00' }, {}, {}],
    ['its launch template has no version 9', { target: undefined }, { version: '9' }, {}],
    [
      'was rolled back at noon in cluster b',
      { bad: { imageId: 'ami-2', why: 'x', since: 'noon', cluster: 'b' } },
      {},
      {},
    ],
    ['image ami-2 of version 2 does not exist', { image: undefined }, {}, {}],
    ['image ami-2 of version 2 is for arm64', { image: { state: 'available', architecture: 'arm64' } }, {}, {}],
    ['image ami-2 of version 2 is pending', { image: { state: 'pending', architecture: 'x86_64' } }, {}, {}],
    ['updates.policy of the registry entry is off', {}, {}, { policy: 'off' }],
    ['With now: true it does not wait', { window: { open: false, until: '', next: '', why: 'closed' } }, {}, {}],
    ['it was never updated', {}, { resume: true }, {}],
    ['its last update is over (done', { record: aRecord({ status: 'done', endedAt: 'noon' }) }, { resume: true }, {}],
    ['was rolled back at', { record: aRecord({ status: 'rolled-back', endedAt: 'noon' }) }, { rollBack: true }, {}],
    ['cannot be taken back', { record: aRecord({ status: 'done', way: 'in-place' }) }, { rollBack: true }, {}],
    [
      'image ami-1 of version 1 does not exist',
      { record: aRecord({ status: 'stopped' }), imageBefore: undefined },
      { rollBack: true },
      {},
    ],
    [
      'which have no provider id: node-i-3',
      { nodes: known.map((node) => (node.instanceId === 'i-3' ? { ...node, instanceId: '' } : node)) },
      {},
      {},
    ],
    ['in the middle of something', { record: aRecord({ status: 'stopped', extra: 1 }) }, {}, {}],
  ])('is refused, and says so: %s', (why, found, wanted, rules) => {
    const made = plan(found, wanted, rules);
    expect(made.verdict).toBe('refuse');
    expect(made.why).toContain(why);
  });

  it('only watches what EKS has begun with an image that was called bad meanwhile, and asks EKS for no such image', () => {
    const ofEks = (more: object) =>
      plan(
        {
          managed: managed({ status: 'UPDATING', template: { id: 'lt-1', version: '1' } }),
          bad: { imageId: 'ami-2', why: 'x', since: 'noon', cluster: 'b' },
          record: aRecord({
            way: 'managed',
            status: 'waiting',
            managed: { ...aName, askedAt: '2026-03-01T11:50:00Z', updateId: '', refused: '', ...more },
          }),
        },
        { resume: true },
      );
    expect(ofEks({ updateId: 'u' }).verdict).toBe('update');
    // It has not answered, and never will: the execution ends the update.
    expect(ofEks({ askedAt: '2026-03-01T11:30:00Z' }).verdict).toBe('update');
    expect(ofEks({})).toMatchObject({ verdict: 'refuse', why: expect.stringContaining('was rolled back at noon') });
  });

  it('of a way back waits for no window, and what was begun outside goes on outside', () => {
    const closed = { window: { open: false, until: '', next: '', why: 'closed' } };
    expect(plan({ ...closed, record: aRecord({ status: 'done' }) }, { rollBack: true }).verdict).toBe('update');
    expect(plan({ ...closed, record: aRecord({ status: 'waiting', now: true }) }, { resume: true }).verdict).toBe(
      'update',
    );
    expect(plan({ ...closed, record: aRecord({ status: 'waiting' }) }, { resume: true }).verdict).toBe('refuse');
  });
});
