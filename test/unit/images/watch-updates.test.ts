import { describe, expect, it } from 'vitest';
import type {
  Change,
  Image,
  KnownUpdate,
  LaunchedInstance,
  NodeGroup,
  RunningNodes,
  SystemNode,
  UpdatableGroup,
  WatchDocument,
  WatchPolicy,
} from '../../../src/images/ports.ts';
import { type WatchServices, watchUpdates } from '../../../src/images/watch-updates.ts';

const now = () => new Date('2026-03-01T02:15:00Z');
const OLD: Image = { imageId: 'ami-0aaaaaaaa', name: 'one', createdAt: '2026-01-01T00:00:00Z', architecture: 'x86_64' };
const NEW: Image = { imageId: 'ami-0bbbbbbbb', name: 'two', createdAt: '2026-02-20T00:00:00Z', architecture: 'x86_64' };

function group(changes: Partial<UpdatableGroup> = {}): UpdatableGroup {
  return {
    name: 'workers',
    role: 'worker',
    owner: '',
    managed: null,
    paused: null,
    template: { id: 'lt-1', version: '7' },
    ownTemplates: false,
    instanceIds: ['i-1', 'i-2'],
    ...changes,
  };
}

const aNodeGroup: NodeGroup = {
  status: 'ACTIVE',
  release: '1.34.1-20260110',
  kubernetesVersion: '1.34',
  amiType: 'AL2023_x86_64_STANDARD',
  template: null,
};

/** A world with one group, one launch template at version 7, and a parameter that names the new image. */
function world(
  changes: {
    groups?: readonly UpdatableGroup[];
    policy?: Partial<WatchPolicy>;
    image?: string;
    published?: string;
  } = {},
) {
  const groups = changes.groups ?? [group()];
  const policy: WatchPolicy = {
    policy: 'notify',
    way: 'image',
    source: { kind: 'parameter', name: '/aws/service/x' },
    ...changes.policy,
  };
  const versions = new Map([['7', { ImageId: changes.image ?? OLD.imageId, InstanceType: 'm7g.large' }]]);
  const instances: LaunchedInstance[] = groups
    .flatMap(({ instanceIds }) => instanceIds)
    .map((instanceId) => ({ instanceId, imageId: OLD.imageId, launchedAt: '2026-01-01T00:00:00Z', version: '7' }));
  const seen = {
    versions,
    instances,
    nodes: instances.map(
      ({ instanceId }): SystemNode => ({
        name: `node-${instanceId}`,
        instanceId,
        os: 'Linux',
        kernel: '6.1',
        kubelet: 'v1.34.1',
        bootId: `boot-${instanceId}`,
      }),
    ) as readonly SystemNode[] | Error,
    wishes: { wanted: [], unknown: [], asked: {} } as Awaited<ReturnType<WatchServices['reboots']['look']>>,
    followers: [] as string[],
    nodeGroup: undefined as NodeGroup | undefined,
    bad: new Map<string, string>(),
    updates: [] as KnownUpdate[],
    alive: new Set<string>(),
    document: undefined as WatchDocument | undefined,
    running: undefined as RunningNodes | undefined,
    changes: [] as Change[],
    started: [] as string[],
    mails: [] as string[],
    mailFails: false,
    conflict: false,
  };
  const versionOf = (version: string) => {
    const data = versions.get(version);
    return data && { version, imageId: data.ImageId, data };
  };
  const services: WatchServices = {
    cluster: 'demo',
    policyOf: () => policy,
    windowOf: async () => ({ open: true, until: '', next: '', why: 'open at any time' }),
    groups: { ofCluster: async () => groups, followersOf: async () => seen.followers },
    templates: {
      read: async (_, version) => versionOf(version.startsWith('$') ? String(6 + versions.size) : version),
      derive: async (_, { from, imageId }) => {
        const version = String(7 + versions.size);
        versions.set(version, { ...versions.get(from), InstanceType: 'm7g.large', ImageId: imageId });
        return versionOf(version) ?? { version, imageId, data: {} };
      },
    },
    nodeGroups: { describe: async () => seen.nodeGroup },
    images: { byId: async (id) => [OLD, NEW].find(({ imageId }) => imageId === id), named: async () => [] },
    parameters: { read: async () => changes.published ?? NEW.imageId },
    instances: { describe: async () => seen.instances },
    nodes: {
      list: async () => {
        if (seen.nodes instanceof Error) throw seen.nodes;
        return seen.nodes;
      },
    },
    reboots: { look: async () => seen.wishes },
    updates: { ofCluster: async () => seen.updates, whyBad: async (id) => seen.bad.get(id) },
    holds: { andon: async () => null, pausedUntil: async () => undefined },
    workflows: {
      start: async (workflow, name) => void seen.started.push(`${workflow} ${name}`),
      describe: async (arn) => ({ status: seen.alive.has(arn) ? 'RUNNING' : 'FAILED' }),
    },
    documents: {
      read: async () => ({ ...(seen.document && { document: seen.document }), etag: undefined }),
      write: async (document) => {
        if (seen.conflict) return 'conflict';
        seen.document = document;
        return { etag: '1' };
      },
    },
    history: {
      running: async () => ({ ...(seen.running && { running: seen.running }), etag: undefined }),
      write: async (running) => {
        seen.running = running;
        return 'written';
      },
      keep: async (change) => void seen.changes.push(change),
      change: async (_, id) => seen.changes.find((one) => one.id === id),
    },
    teller: {
      page: async ({ what, did, command }) => {
        if (seen.mailFails) throw new Error('no topic');
        seen.mails.push([what, did, command].join('\n'));
      },
    },
  };
  return { seen, look: () => watchUpdates(services, now), report: () => seen.document?.groups[0] };
}

describe('a new image', () => {
  it('gets a version of the launch template that differs by the image alone, once, and a person hears of it once', async () => {
    const { seen, look, report } = world();
    expect(await look()).toMatchObject({
      outcome: 'done',
      available: 1,
      outdated: 2,
      told: 1,
      started: [],
      problems: [],
    });
    expect(await look()).toMatchObject({ told: 0 });

    expect([...seen.versions.keys()]).toEqual(['7', '8']);
    expect(report()).toMatchObject({
      verdict: 'available',
      version: '8',
      madeFrom: '7',
      diff: [`ImageId: ${OLD.imageId} → ${NEW.imageId}`],
      launches: { version: '7' },
    });
    expect(seen.mails).toEqual([expect.stringContaining('npx tender update start demo --group workers')]);
  });

  it('whose version somebody has deleted gets another one', async () => {
    const { seen, look, report } = world();
    await look();
    seen.versions.delete('8');
    await look();
    expect(report()).toMatchObject({ verdict: 'available', version: '8', told: expect.stringContaining(NEW.imageId) });
    expect([...seen.versions.keys()]).toEqual(['7', '8']);
  });

  it('is told again by the next pass where nobody could be told', async () => {
    const { seen, look } = world();
    seen.mailFails = true;
    expect(await look()).toMatchObject({ told: 0, problems: ['nobody was told of workers: Error: no topic'] });
    seen.mailFails = false;
    await look();
    await look();
    expect(seen.mails).toHaveLength(1);
  });

  it('is started by policy auto, and only shown by policy manual', async () => {
    const auto = world({ policy: { policy: 'auto' } });
    expect(await auto.look()).toMatchObject({ started: ['update-workers-8-20260301T0215'], told: 0 });
    expect(auto.seen.started).toEqual(['os-update update-workers-8-20260301T0215']);
    const manual = world({ policy: { policy: 'manual' } });
    expect(await manual.look()).toMatchObject({ available: 1, started: [], told: 0 });
    expect([...manual.seen.versions.keys()]).toEqual(['7', '8']);
  });

  it('that was rolled back anywhere is left alone', async () => {
    const { seen, look, report } = world({ policy: { policy: 'auto' } });
    seen.bad.set(NEW.imageId, 'nodes did not join');
    expect(await look()).toMatchObject({ available: 0, started: [] });
    expect(report()).toMatchObject({ verdict: 'bad', why: `${NEW.imageId} was rolled back: nodes did not join` });
    expect([...seen.versions.keys()]).toEqual(['7']);
  });

  it('makes no version where another group would launch that at once', async () => {
    const { seen, look, report } = world();
    seen.followers = ['careless'];
    await look();
    expect(report()).toMatchObject({ verdict: 'aside', why: expect.stringContaining('careless') });
    expect([...seen.versions.keys()]).toEqual(['7']);
  });

  it('of a launch template that resolves a parameter is pinned by the new version', async () => {
    const { look, report } = world({ image: 'resolve:ssm:/aws/service/x' });
    await look();
    expect(report()).toMatchObject({
      verdict: 'available',
      follows: 'resolve:ssm:/aws/service/x',
      diff: [`ImageId: resolve:ssm:/aws/service/x → ${NEW.imageId}`],
    });
  });
});

describe('a group', () => {
  it.each<[string, Partial<UpdatableGroup>, string]>([
    ['of Karpenter', { owner: 'Karpenter' }, 'Karpenter updates it'],
    ['with launch templates of overrides', { ownTemplates: true }, 'overrides of its mixed instances policy'],
    ['without a launch template', { template: null }, 'launch configuration'],
    ['of an external etcd', { role: 'etcd' }, 'no nodes'],
  ])('%s stands aside', async (_, changes, why) => {
    const { seen, look, report } = world({ groups: [group(changes)], policy: { policy: 'auto' } });
    await look();
    expect(report()).toMatchObject({ verdict: 'aside', why: expect.stringContaining(why) });
    expect(seen.started).toEqual([]);
  });

  it.each<[string, Partial<NodeGroup>, string, object]>([
    ['whose release is old', {}, '1.34.2-20260220', { verdict: 'available', version: '1.34.2-20260220', outdated: 2 }],
    ['whose release is the newest', {}, '1.34.1-20260110', { verdict: 'current' }],
    ['in a region that lags', {}, '1.34.1-20260101', { verdict: 'current', version: '1.34.1-20260110' }],
    [
      'of Bottlerocket',
      { amiType: 'BOTTLEROCKET_ARM_64', release: '1.26.1-943d9a41' },
      '1.27.0-0a1b2c3d',
      { verdict: 'available', source: 'parameter /aws/service/bottlerocket/aws-k8s-1.34/arm64/latest/image_version' },
    ],
    ['of an image that AWS names nowhere', { amiType: 'WINDOWS_CORE_2022_x86_64' }, '1', { verdict: 'unseen' }],
  ])(
    'of EKS %s is rolled to the release that AWS names for its image, and gets no version of a template',
    async (_, about, published, expected) => {
      const { seen, look, report } = world({
        groups: [group({ managed: { clusterName: 'demo', nodeGroup: 'general' } })],
        policy: { policy: 'auto', source: undefined },
        published,
      });
      seen.nodeGroup = { ...aNodeGroup, ...about };
      await look();
      expect(report()).toMatchObject({ way: 'managed', ...expected });
      const begins = report()?.verdict === 'available';
      expect(seen.started).toHaveLength(begins ? 1 : 0);
      expect([...seen.versions.keys()]).toEqual(['7']);
    },
  );

  it('of EKS with an image of its own gets a version of its own launch template', async () => {
    const { seen, look, report } = world({
      groups: [
        group({ template: { id: 'lt-eks', version: '3' }, managed: { clusterName: 'demo', nodeGroup: 'general' } }),
      ],
      policy: { policy: 'auto' },
    });
    seen.nodeGroup = { ...aNodeGroup, amiType: 'CUSTOM', release: '', template: { id: 'lt-1', version: '7' } };
    await look();
    expect(report()).toMatchObject({
      way: 'managed',
      verdict: 'available',
      version: '8',
      launches: { templateId: 'lt-1' },
    });
  });

  it('of EKS with nodes that are old, or of another image, says that EKS does not replace them, and nothing is begun', async () => {
    const unable = 'EKS replaces nodes only for another release or version of their launch template';
    const managed = [group({ managed: { clusterName: 'demo', nodeGroup: 'general' } })];
    const policy = { policy: 'auto', maxNodeAgeDays: 30 } as const;
    const old = world({ groups: managed, policy: { ...policy, source: undefined }, published: aNodeGroup.release });
    old.seen.nodeGroup = aNodeGroup;
    await old.look();
    expect(old.report()).toMatchObject({
      verdict: 'current',
      why: `node group general runs release 1.34.1-20260110; 2 nodes are older than 30 days; ${unable}`,
    });
    const behind = world({ groups: managed, policy, image: NEW.imageId });
    behind.seen.nodeGroup = { ...aNodeGroup, amiType: 'CUSTOM', release: '', template: { id: 'lt-1', version: '7' } };
    await behind.look();
    expect(behind.report()).toMatchObject({
      verdict: 'current',
      outdated: 0,
      why: `2 nodes are of another image than it launches; ${unable}`,
    });
    expect([old.seen.started, behind.seen.started]).toEqual([[], []]);
  });

  it('that follows $Latest gets no version, and is pinned by an update', async () => {
    const followed = [group({ template: { id: 'lt-1', version: '$Latest' } })];
    const { seen, look, report } = world({ groups: followed, policy: { policy: 'auto' } });
    await look();
    expect(report()).toMatchObject({ verdict: 'follows', follows: '$Latest', version: '7' });
    expect([...seen.versions.keys()]).toEqual(['7']);
    expect(seen.started).toEqual(['os-update update-workers-7-20260301T0215']);
  });

  it('for which nobody has said what is to be looked for is shown, and nobody is told', async () => {
    const followed = [group({ template: { id: 'lt-1', version: '$Latest' } })];
    const { look, report } = world({ groups: followed, policy: { source: undefined } });
    expect(await look()).toMatchObject({ available: 1, told: 0 });
    expect(report()).toMatchObject({ verdict: 'follows', told: '' });
  });

  it('that launches the newest has its nodes looked at: their image, and their age', async () => {
    const behind = world({ image: NEW.imageId });
    await behind.look();
    expect(behind.report()).toMatchObject({ verdict: 'behind', outdated: 2, version: '7' });
    const { seen, look, report } = world({ image: NEW.imageId, policy: { maxNodeAgeDays: 30 } });
    seen.instances.splice(0, 2, ...seen.instances.map((one) => ({ ...one, imageId: NEW.imageId })));
    await look();
    expect(report()).toMatchObject({ verdict: 'old', outdated: 2, why: '2 nodes are older than 30 days' });
  });

  it('in place has what its nodes want counted, and no image looked for', async () => {
    const { seen, look, report } = world({ policy: { way: 'in-place', policy: 'auto' } });
    await look();
    expect(report()).toMatchObject({ verdict: 'current', newest: null });
    seen.wishes = { wanted: [{ instanceId: 'i-1', toVersion: '4459.2.1' }], unknown: [], asked: {} };
    await look();
    expect(report()).toMatchObject({
      verdict: 'behind',
      outdated: 1,
      wanting: ['i-1'],
      boots: { 'i-1': 'boot-i-1' },
      why: '1 node is to be rebooted into 4459.2.1',
    });
    expect(seen.started).toEqual(['os-update update-workers-now-20260301T0215']);
  });

  it('in place counts a machine by what it said last while it is asked again, and says of whom nobody can say', async () => {
    const { seen, look, report } = world({ policy: { way: 'in-place' } });
    seen.wishes = { wanted: [{ instanceId: 'i-1', toVersion: '' }], unknown: [], asked: {} };
    await look();
    const silent = { instanceId: 'i-2', why: 'its SSM agent does not answer' };
    seen.wishes = { wanted: [], unknown: [silent], asked: { 'i-1': 'command' } };
    await look();
    expect(report()).toMatchObject({
      verdict: 'behind',
      wanting: ['i-1'],
      asked: { 'i-1': 'command' },
    });
    seen.nodes = (seen.nodes as readonly SystemNode[]).map((one) => ({ ...one, bootId: 'another' }));
    await look();
    expect(report()).toMatchObject({ verdict: 'current', wanting: [] });
    seen.wishes = { wanted: [], unknown: [silent, { ...silent, instanceId: 'i-1' }], asked: {} };
    await look();
    expect(report()).toMatchObject({ verdict: 'unseen', why: 'its SSM agent does not answer' });
  });

  it('that is off is not looked at', async () => {
    const { seen, look, report } = world({ policy: { policy: 'off' } });
    await look();
    expect(report()).toMatchObject({ verdict: 'off', newest: null });
    expect([...seen.versions.keys()]).toEqual(['7']);
  });
});

describe('a pass', () => {
  it('that another one overtakes starts and tells nothing', async () => {
    const { seen, look } = world({ policy: { policy: 'auto' } });
    seen.conflict = true;
    expect(await look()).toMatchObject({ outcome: 'overtaken', started: [], told: 0 });
    expect([seen.started, seen.changes]).toEqual([[], []]);
  });

  it('writes down what runs where when that changes, and not while the API server is away', async () => {
    const { seen, look } = world();
    const { change } = await look();
    expect(seen.changes.map(({ id, nodes }) => [id, nodes.length])).toEqual([[change, 2]]);
    seen.nodes = new Error('away');
    expect(await look()).toMatchObject({ change: '', problems: ['nodes were not seen: Error: away'] });
    expect(seen.changes).toHaveLength(1);
  });

  it('cleans up after an execution that died', async () => {
    const { seen, look } = world();
    const left = { groupName: 'workers', status: 'running', execution: 'arn:x', settled: false, held: false } as const;
    seen.updates = [
      { ...left, now: false, isEksAtWork: false, version: '8', imageId: NEW.imageId, updatedAt: '', endedAt: '' },
    ];
    expect(await look()).toMatchObject({ started: ['update-workers-8-20260301T0200'] });
    seen.alive.add('arn:x');
    expect(await look()).toMatchObject({ started: [] });
  });
});
