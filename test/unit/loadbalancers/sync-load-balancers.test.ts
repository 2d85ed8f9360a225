import { beforeEach, describe, expect, it } from 'vitest';
import type { ListedNode, Member, NotedTarget, RoleTargets } from '../../../src/loadbalancers/ports.ts';
import { syncLoadBalancers } from '../../../src/loadbalancers/sync-load-balancers.ts';
import { arnOf, FakeBalancers } from '../../support/loadbalancers/fake-balancers.ts';
import { later, noon } from '../../support/nodes/healthy.ts';

const addressOf = (id: string) => `10.0.0.${id.split('-')[1]}`;

describe('a pass over load balancers', () => {
  let balancers: FakeBalancers;
  let members: Member[];
  let instances: Map<
    string,
    { state: 'running' | 'terminated' | 'stopped'; privateIpAddress: string; launchedAt: string }
  >;
  let nodes: ListedNode[];
  let roles: Record<string, RoleTargets>;
  let refusedIds: string[];
  let told: (readonly string[])[];
  /** Called when the Nodes are listed for the nth time. */
  let beforeList: (nth: number) => void;
  /** Called when targets are deregistered. */
  let beforeDeregister: () => unknown;

  function anInstance(
    id: string,
    state: 'running' | 'terminated' | 'stopped' = 'running',
    launchedSeconds = -3600,
  ): void {
    instances.set(id, { state, privateIpAddress: addressOf(id), launchedAt: later(launchedSeconds).toISOString() });
  }
  function aMember(id: string, changes: Partial<Member> & { launchedSeconds?: number } = {}): void {
    const { launchedSeconds, ...member } = changes;
    members.push({ instanceId: id, groupName: 'workers', role: 'worker', lifecycleState: 'InService', ...member });
    anInstance(id, 'running', launchedSeconds);
  }
  function aNode(id: string, changes: Partial<ListedNode> = {}): void {
    const bare = { labels: {}, annotations: {}, taints: [], ready: true, leaving: false };
    nodes.push({ name: id, providerId: `aws:///us-east-1a/${id}`, addresses: [addressOf(id)], ...bare, ...changes });
  }
  function aWorker(id: string, changes: Partial<ListedNode> = {}): void {
    aMember(id);
    aNode(id, changes);
  }
  const pass = () => {
    let lists = 0;
    return syncLoadBalancers(
      { name: 'demo', roles, join: { timeoutSeconds: 900 } },
      {
        ...balancers,
        members: { membersOf: async () => members },
        ec2: { describe: async (ids) => new Map([...instances].filter(([id]) => ids.includes(id))) },
        nodes: {
          list: async () => {
            lists += 1;
            beforeList(lists);
            return nodes;
          },
        },
        changes: {
          registerAll: async (targets) => {
            const taken = targets.filter(({ id }) => !refusedIds.includes(id));
            for (const target of taken) await register(target);
            return taken;
          },
          deregisterAll: async (targets) => {
            await beforeDeregister();
            for (const target of targets) await deregister(target);
          },
        },
      },
      () => noon,
      (drift) => told.push(drift),
    );
  };
  const register = (target: NotedTarget) =>
    target.kind === 'classic'
      ? balancers.classicLoadBalancers.register(target.name, target.id)
      : balancers.targetGroups.register(target.arn, target.id, target.port);
  const deregister = (target: NotedTarget) =>
    target.kind === 'classic'
      ? balancers.classicLoadBalancers.deregister(target.name, target.id)
      : balancers.targetGroups.deregister(target.arn, target.id, target.port);
  const nothing = { registered: [], deregistered: [], drift: [] };

  beforeEach(() => {
    balancers = new FakeBalancers().aGroup('web');
    members = [];
    instances = new Map();
    nodes = [];
    refusedIds = [];
    told = [];
    beforeList = () => undefined;
    beforeDeregister = () => undefined;
    roles = {
      worker: {
        targetGroups: [{ arn: arnOf('web'), gate: true }],
        classicLoadBalancers: [{ name: 'old', gate: false }],
      },
    };
    balancers.aClassic('old');
  });

  it('registers nodes in service that are missing, by id or address, and is content the second time', async () => {
    balancers.aGroup('addresses', { targetType: 'ip', port: 8080 });
    roles.worker = {
      targetGroups: [
        { arn: arnOf('web'), port: 30443, gate: false },
        { arn: arnOf('addresses'), gate: false },
      ],
      classicLoadBalancers: [{ name: 'old', gate: false }],
    };
    aWorker('i-1');
    expect(await pass()).toEqual({ ...nothing, registered: ['web i-1:30443', 'addresses 10.0.0.1:8080', 'old i-1'] });
    expect(await pass()).toEqual(nothing);
    expect(told).toEqual([]);
  });

  it('finds the Node by its address where nobody sets provider ids', async () => {
    aWorker('i-1', { providerId: '' });
    expect((await pass()).registered).toContain('web i-1:30080');
  });

  it.each<[string, Partial<ListedNode>]>([
    ['is not ready', { ready: false }],
    ['is excluded by its label', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }],
    ['is joining', { taints: ['tender.sh/joining'] }],
    ['is about to be removed by cluster-autoscaler', { taints: ['ToBeDeletedByClusterAutoscaler'] }],
    ['is owned by an execution', { annotations: { 'tender.sh/owner': 'arn' } }],
    ['is being deleted', { leaving: true }],
  ])('leaves a node alone that %s, registered or not', async (_, changes) => {
    aWorker('i-1', changes);
    aWorker('i-2', changes);
    balancers.aTarget('web', 'i-2').aClassic('old', 'i-2');
    expect(await pass()).toEqual(nothing);
  });

  it.each<[string, Partial<Member> & { launchedSeconds?: number }]>([
    ['waits at its hook', { lifecycleState: 'Pending:Wait' }],
    ['warms', { lifecycleState: 'Warmed:Running' }],
    ['is in service for less than a node may take to join', { launchedSeconds: -899 }],
    ['is etcd', { role: 'etcd' }],
  ])('leaves a member without a Node alone that %s', async (_, changes) => {
    aMember('i-1', changes);
    balancers.aTarget('web', 'i-1').aTarget('web', 'i-2');
    aWorker('i-2');
    balancers.aClassic('old', 'i-2');
    roles.etcd = { targetGroups: [{ arn: arnOf('web'), gate: false }], classicLoadBalancers: [] };
    expect(await pass()).toEqual(nothing);
  });

  it('deregisters targets whose instance is terminated or whose Node is gone', async () => {
    for (const id of ['i-1', 'i-2']) aWorker(id);
    aMember('i-3');
    aMember('i-4');
    anInstance('i-4', 'terminated');
    for (const id of ['i-1', 'i-2', 'i-3', 'i-4', 'i-5']) balancers.aTarget('web', id).aClassic('old', id);
    expect(await pass()).toEqual({
      ...nothing,
      deregistered: ['web i-3:30080', 'web i-4:30080', 'web i-5:30080', 'old i-3', 'old i-4', 'old i-5'],
    });
  });

  it('leaves targets that are not the cluster’s, and tells of them', async () => {
    balancers.aGroup('addresses', { targetType: 'ip' });
    roles = {
      worker: {
        targetGroups: [
          { arn: arnOf('web'), gate: false },
          { arn: arnOf('addresses'), gate: false },
        ],
        classicLoadBalancers: [],
      },
      'control-plane': { targetGroups: [{ arn: arnOf('missing'), gate: false }], classicLoadBalancers: [] },
    };
    aMember('i-1', { role: 'control-plane' });
    aNode('i-1');
    anInstance('i-9');
    balancers.aTarget('web', 'i-1').aTarget('web', 'i-9').aTarget('addresses', '192.168.7.7');
    const drift = [
      `${arnOf('missing')}: the registry names this target group, and it does not exist`,
      'web i-1:30080: a node of another role',
      'web i-9:30080: an instance of no group of the cluster',
      'addresses 192.168.7.7:30080: an address of no instance of the cluster',
    ];
    expect(await pass()).toEqual({ ...nothing, drift });
    expect(told).toEqual([drift]);
  });

  describe('an address whose instance is gone', () => {
    const address = '10.0.0.2';
    beforeEach(async () => {
      balancers.aGroup('addresses', { targetType: 'ip' });
      roles = { worker: { targetGroups: [{ arn: arnOf('addresses'), gate: false }], classicLoadBalancers: [] } };
      for (const id of ['i-1', 'i-2']) aWorker(id);
      for (const id of ['i-1', 'i-2']) balancers.aTarget('addresses', addressOf(id));
      expect(await pass()).toEqual(nothing);
      members = members.filter(({ instanceId }) => instanceId !== 'i-2');
      nodes = nodes.filter(({ name }) => name !== 'i-2');
    });
    const left = { ...nothing, drift: [`addresses ${address}:30080: an address of no instance of the cluster`] };

    it('goes when nobody answers there, since an earlier pass has seen whose it was', async () => {
      instances.delete('i-2');
      balancers.aTarget('addresses', address, { state: 'unhealthy' });
      expect(await pass()).toEqual({ ...nothing, deregistered: [`addresses ${address}:30080`] });
      expect(await pass()).toEqual(nothing);
    });

    it.each(['healthy', 'initial', 'unused'] as const)(
      'stays while it is %s: somebody else may have it',
      async (state) => {
        instances.delete('i-2');
        balancers.aTarget('addresses', address, { state });
        expect(await pass()).toEqual(left);
      },
    );

    it('stays when its instance is detached and lives', async () => {
      balancers.aTarget('addresses', address, { state: 'unhealthy' });
      expect(await pass()).toEqual(left);
    });

    it('is another member’s as soon as that has it', async () => {
      instances.delete('i-2');
      aWorker('i-3', { addresses: [address] });
      instances.set('i-3', { state: 'running', privateIpAddress: address, launchedAt: later(-3600).toISOString() });
      balancers.aTarget('addresses', address, { state: 'unhealthy' });
      expect(await pass()).toEqual(nothing);
    });
  });

  it('lets two roles share a target group', async () => {
    roles = {
      worker: roles.worker as RoleTargets,
      'control-plane': { ...(roles.worker as RoleTargets), classicLoadBalancers: [] },
    };
    aMember('i-1', { role: 'control-plane' });
    aNode('i-1');
    expect(await pass()).toEqual({ ...nothing, registered: ['web i-1:30080'] });
    expect(await pass()).toEqual(nothing);
  });

  describe('where the cluster’s tag is on target group and classic load balancer', () => {
    const mark = (tags: Record<string, string>) => {
      balancers.aGroup('web', { tags }).aTarget('web', 'i-7');
      balancers.state.tagged.classicLoadBalancers.push({ name: 'old', tags });
      aWorker('i-1');
    };
    const ofCluster = { 'kubernetes.io/cluster/demo': 'owned' };
    const attach = () =>
      balancers.state.attached.set('workers', { targetGroupArns: [arnOf('web')], classicLoadBalancers: ['old'] });

    it('leaves them alone where Auto Scaling has nothing to do with them', async () => {
      mark(ofCluster);
      expect(await pass()).toEqual(nothing);
    });

    it('keeps them in step where they are attached to a group of the cluster', async () => {
      mark(ofCluster);
      attach();
      expect(await pass()).toMatchObject({ registered: ['web i-1:30080', 'old i-1'] });
    });

    it('leaves them alone where a controller has marked them as its own, attached or not', async () => {
      mark({ ...ofCluster, 'kubernetes.io/service-name': 'default/web' });
      attach();
      expect(await pass()).toEqual(nothing);
    });

    it('leaves them alone and says so while Auto Scaling does not say what is attached', async () => {
      mark(ofCluster);
      attach();
      balancers.state.broken.set('attachedIn demo', new Error('Rate exceeded'));
      const why =
        'tagged for the cluster, and Auto Scaling does not say whether it is attached to a group of it: left alone in this pass';
      expect(await pass()).toEqual({ ...nothing, drift: [`web: ${why}`, `old: ${why}`] });
    });
  });

  it('leaves a target alone that somebody has just taken out', async () => {
    aWorker('i-1');
    balancers.aTarget('web', 'i-1', { state: 'draining' }).aClassic('old', 'i-1');
    expect(await pass()).toEqual(nothing);
  });

  describe('never takes the last target that may answer', () => {
    const stays = (id: string, why = 'is terminated') =>
      `web ${id}:30080: ${why}, and stays as the last target that may answer`;
    beforeEach(() => {
      roles.worker = { targetGroups: [{ arn: arnOf('web'), gate: true }], classicLoadBalancers: [] };
    });

    it('when several go in one pass', async () => {
      for (const id of ['i-1', 'i-2', 'i-3']) balancers.aTarget('web', id);
      expect(await pass()).toMatchObject({ deregistered: ['web i-1:30080', 'web i-2:30080'], drift: [stays('i-3')] });
    });

    it('and keeps the last that gets connections while a zonal shift leads them away from the others', async () => {
      aMember('i-1');
      aWorker('i-2');
      balancers.aTarget('web', 'i-1').aTarget('web', 'i-2', { shiftedAway: true });
      expect(await pass()).toMatchObject({ deregistered: [], drift: [stays('i-1', 'has no Node')] });
    });

    describe('and a drain takes another out meanwhile', () => {
      const isKept = 'web i-1:30080: stays as the last target that may answer, since others have left meanwhile';
      const drained = () => balancers.aTarget('web', 'i-2', { state: 'draining' });
      beforeEach(() => {
        aMember('i-1');
        aWorker('i-2');
        balancers.aTarget('web', 'i-1').aTarget('web', 'i-2');
      });

      it('before the pass deregisters one: it stays', async () => {
        beforeList = drained;
        expect(await pass()).toEqual({ registered: [], deregistered: [], drift: [isKept] });
        expect(balancers.state.calls).not.toContain('deregister web i-1:30080');
        expect(balancers.registered()).toEqual(['web i-1:30080']);
      });

      it('in the moment in which the pass deregisters one: it is put back', async () => {
        beforeDeregister = drained;
        expect(await pass()).toEqual({ registered: [], deregistered: [], drift: [isKept] });
        expect(balancers.registered()).toEqual(['web i-1:30080']);
      });

      it('and the pass cannot look who is left: it is put back', async () => {
        beforeDeregister = () => balancers.state.broken.set('targets web', new Error('Rate exceeded'));
        expect(await pass()).toEqual({ registered: [], deregistered: [], drift: [isKept] });
        expect(balancers.registered()).toEqual(['web i-1:30080', 'web i-2:30080']);
      });

      it('and the pass could deregister only some: it is put back, and the pass fails', async () => {
        beforeDeregister = () => {
          drained();
          return balancers.targetGroups.deregister(arnOf('web'), 'i-1', 30080).then(() => {
            throw new Error('Rate exceeded');
          });
        };
        await expect(pass()).rejects.toThrow('web i-1:30080: Error: Rate exceeded');
        expect(balancers.registered()).toEqual(['web i-1:30080']);
      });

      it('unless its instance is terminated: then it serves nobody', async () => {
        members = members.filter(({ instanceId }) => instanceId !== 'i-1');
        anInstance('i-1', 'terminated');
        beforeDeregister = drained;
        expect(await pass()).toMatchObject({ deregistered: ['web i-1:30080'] });
        expect(balancers.registered()).toEqual([]);
      });
    });

    it('and takes the others, healthy or not, when one that stays is healthy', async () => {
      aWorker('i-1');
      balancers.aTarget('web', 'i-1').aTarget('web', 'i-2').aTarget('web', 'i-3', { state: 'unhealthy' });
      expect(await pass()).toMatchObject({ deregistered: ['web i-2:30080', 'web i-3:30080'], drift: [] });
    });

    it('and keeps one that runs without a Node where nobody is healthy, since all get connections then', async () => {
      aMember('i-1');
      for (const id of ['i-1', 'i-2']) balancers.aTarget('web', id, { state: 'unhealthy' });
      expect(await pass()).toMatchObject({ deregistered: ['web i-2:30080'], drift: [stays('i-1', 'has no Node')] });
    });
  });

  it('doubts the list of Nodes when too many members have none, and takes nobody out for that', async () => {
    for (const id of ['i-1', 'i-2', 'i-3']) {
      aMember(id);
      balancers.aTarget('web', id).aClassic('old', id);
    }
    const { deregistered, drift } = await pass();
    expect(deregistered).toEqual([]);
    expect(drift).toHaveLength(6);
    expect(drift[0]).toBe('web i-1:30080: has no Node, and stays because too many others have none either');
  });

  it('changes nothing while the API server does not answer, and keeps the map for drains all the same', async () => {
    aMember('i-1');
    balancers.aTarget('web', 'i-1').aTarget('web', 'i-2');
    const workers = { targetGroupArns: [arnOf('web')], classicLoadBalancers: [] };
    balancers.state.attached.set('workers', workers);
    beforeList = () => {
      throw new Error('connect ETIMEDOUT');
    };
    await expect(pass()).rejects.toThrow('connect ETIMEDOUT');
    expect(balancers.registered()).toEqual(['web i-1:30080', 'web i-2:30080']);
    expect(balancers.state.maps.get('demo')).toEqual({
      targetGroups: [],
      classicLoadBalancers: [],
      addresses: {},
      attached: { workers },
      at: noon.toISOString(),
    });
  });

  it('keeps a map that says nothing of what is attached where Auto Scaling does not tell, and goes on', async () => {
    aWorker('i-1');
    balancers.state.broken.set('attachedIn demo', new Error('Rate exceeded'));
    expect(await pass()).toMatchObject({ registered: ['web i-1:30080', 'old i-1'] });
    expect(balancers.state.maps.get('demo')).not.toHaveProperty('attached');
  });

  it('takes a node out again that a drain has marked in the meantime', async () => {
    aWorker('i-1');
    aWorker('i-2');
    beforeList = (nth) => {
      const [first, ...others] = nodes;
      if (nth === 2 && first) nodes = [{ ...first, annotations: { 'tender.sh/owner': 'arn' } }, ...others];
    };
    expect(await pass()).toMatchObject({ registered: ['web i-2:30080', 'old i-2'] });
    expect(balancers.registered()).toEqual(['old i-2', 'web i-2:30080']);
  });

  it('leaves a node out that an execution has taken out, although nothing marks its Node', async () => {
    aWorker('i-1');
    aWorker('i-2');
    balancers.state.notes.set('i-1', [{ kind: 'classic', name: 'old', id: 'i-1' }]);
    expect(await pass()).toMatchObject({ registered: ['web i-2:30080', 'old i-2'] });
  });

  it('tells of an instance that cannot be registered', async () => {
    aWorker('i-1');
    refusedIds = ['i-1'];
    expect((await pass()).drift).toContain('web i-1:30080: Elastic Load Balancing does not take it');
  });

  it('does what it can when one load balancer is in trouble, and names that one', async () => {
    aWorker('i-1');
    balancers.state.broken.set('targets web', new Error('Rate exceeded'));
    await expect(pass()).rejects.toMatchObject({
      name: 'LoadBalancersNotSynced',
      message: expect.stringContaining('- web: Error: Rate exceeded'),
    });
    expect(balancers.registered()).toEqual(['old i-1']);
  });
});
