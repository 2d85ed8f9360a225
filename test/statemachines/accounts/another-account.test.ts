import { describe, expect, it } from 'vitest';
import { externalId, OtherPlace } from '../../support/scenarios/other-place.ts';

const timeout = 60_000;

/** A cluster that health passes look at, with a rule about an alarm and a group that follows the latest version of its template; a node of it is sick, and rebooted. */
async function lookedAt(): Promise<OtherPlace> {
  const place = await OtherPlace.prepare({
    ready: true,
    workers: 3,
    healthMinutes: 1,
    entry: {
      health: { rules: [{ signal: 'Alarm:disk-full', afterMinutes: 1, ladder: ['page'] }] },
      updates: {
        source: { kind: 'parameter', name: '/aws/service/demo/recommended' },
        changeCalendar: 'freeze',
      },
      schedules: { updateWatchMinutes: 1 },
    },
    group: { LaunchTemplate: { LaunchTemplateName: 'demo-workers', Version: '$Latest' } },
  });
  const [image = ''] = place.cloud.fleet.instances.images.all.keys();
  place.cloud.parameters.setPublic('/aws/service/demo/recommended', image);
  const [instanceId = ''] = place.cluster.inService();
  place.cloud.fleet.instances.visible(instanceId).machine.systemctl('stop', 'kubelet');
  const isRepaired = () => place.home.executions('node-repair').some(({ run }) => run.outcome);
  await place.cloud.world.until('the node is repaired', isRepaired, 3_600_000);
  // All nodes run it already: the group is pinned to it, and nothing more.
  place.home.start('OsUpdateMachine', { cluster: 'demo', groupName: 'demo-workers', version: '1', now: true });
  const isPinned = () => place.home.executions('os-update').some(({ run }) => run.outcome?.status === 'SUCCEEDED');
  await place.cloud.world.until('the group is pinned', isPinned, 3_600_000);
  return place;
}

/** A cluster whose workers are a managed node group, which EKS has rolled to another release. */
async function rolledByEks(): Promise<OtherPlace> {
  const place = await OtherPlace.prepare({ ready: true, workers: 2, healthMinutes: 1 });
  const { cloud, cluster, home } = place;
  const [image = ''] = cloud.fleet.instances.images.all.keys();
  cloud.nodeGroups.manage({
    clusterName: 'demo',
    nodegroupName: 'general',
    groupName: cluster.workersGroup,
    version: '1.34',
    releaseVersion: '1.34.1-20260110',
    tags: { 'tender:cluster': 'demo' },
    imageOf: () => image,
  });
  home.start('OsUpdateMachine', { cluster: 'demo', groupName: cluster.workersGroup, version: '1.34.2-20260220' });
  const isOver = () => home.executions('os-update').some(({ run }) => run.outcome);
  await cloud.world.until('the update has ended', isOver, 4 * 3_600_000);
  return place;
}

describe('a cluster in another account', () => {
  it('gets its node, and its hook is answered there, as the role that we ship and as nobody else', {
    timeout,
  }, async () => {
    const place = await OtherPlace.prepare();
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.bootstraps().map(({ run }) => run.outcome?.status)).toEqual(['SUCCEEDED']);
    expect(place.hookAnswers()).toEqual([`CONTINUE ${instanceId}`]);
    expect(place.cluster.inService()).toEqual([instanceId]);
    expect(place.trace()).toContain('AnswerHookElsewhere');
    expect(place.trace()).not.toContain('AnswerHook');
    expect(place.leftovers()).toEqual([]);
    expect(place.denials()).toEqual([]);
    expect(place.actionsOfRole()).toEqual(
      expect.arrayContaining([
        'autoscaling:CompleteLifecycleAction',
        'autoscaling:DescribeAutoScalingGroups',
        'ec2:DescribeInstances',
        'elasticloadbalancing:RegisterTargets',
        'kms:Encrypt',
        'secretsmanager:GetSecretValue',
        'ssm:PutParameter',
      ]),
    );
  });

  it('sees of the deployment what its role and its rule were given, and the deployment nothing else of it', {
    timeout,
  }, async () => {
    const place = await OtherPlace.prepare();
    await place.launchOnce();
    await place.comesToRest();

    const there = place.cloud.authorizer.usage().map(({ role }) => role);
    const forwardRole = there.find((role) => role.startsWith('tender-access-ForwardRole'));
    expect(new Set(there)).toEqual(new Set(['demo-node', 'tender-access-demo', forwardRole]));
    const home = place.home.cloud.authorizer.usage();
    const across = home.filter(({ resource }) => resource.includes(':222222222222:'));
    expect(new Set(across.map(({ action }) => action))).toEqual(new Set(['sts:AssumeRole']));
    expect(home.some(({ action }) => action === 'autoscaling:CompleteLifecycleAction')).toBe(false);
    expect(place.events('EventForwarded').map(({ details }) => details.from)).toContain('222222222222');
  });

  it('is kept alive from here while its instance boots for long', { timeout }, async () => {
    const place = await OtherPlace.prepare({ heartbeatTimeout: 120, node: { bootSeconds: 400 } });
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.hookAnswers()).toEqual([`CONTINUE ${instanceId}`]);
    expect(place.trace().filter((state) => state === 'RecordHeartbeatElsewhere').length).toBeGreaterThanOrEqual(4);
    expect(place.trace()).not.toContain('RecordHeartbeat');
    expect(place.events('LifecycleActionHeartbeat').length).toBeGreaterThanOrEqual(4);
    expect(place.cluster.inService()).toEqual([instanceId]);
    expect(place.denials()).toEqual([]);
  });

  it('that cannot join is given back there', { timeout }, async () => {
    const place = await OtherPlace.prepare({ joinTimeoutSeconds: 120, node: { bootSeconds: 4_000 } });
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.bootstraps()[0]?.run.outcome).toMatchObject({ status: 'FAILED', error: 'NodeNotBootstrapped' });
    expect(place.hookAnswers()).toEqual([`ABANDON ${instanceId}`]);
    expect(place.leftovers()).toEqual([]);
    expect(place.denials()).toEqual([]);
    expect(place.diagnosis()).toMatchObject({
      logs: { problem: 'from instances in another account or region no logs are collected' },
      console: { value: expect.stringContaining('Linux') },
    });
    expect(place.cluster.inService()).toEqual([]);
  });

  it('is swept there when somebody stops the execution in the middle', { timeout }, async () => {
    const place = await OtherPlace.prepare({ node: { bootSeconds: 300 } });
    const instanceId = await place.launchOnce();
    const offered = () => place.leftovers().length === 2;
    await place.cloud.world.until('the join is offered', offered, 600_000);
    await place.stop(place.bootstraps()[0]?.arn);
    await place.comesToRest();

    expect(place.bootstraps()[0]?.run.outcome?.status).toBe('ABORTED');
    expect(place.home.executions('sweep').map(({ run }) => run.outcome?.status)).toEqual(['SUCCEEDED']);
    expect(place.hookAnswers()).toEqual([`ABANDON ${instanceId}`]);
    expect(place.leftovers()).toEqual([]);
    expect(place.denials()).toEqual([]);
  });

  it('has its managed node group rolled by EKS there', { timeout }, async () => {
    const place = await rolledByEks();
    expect(place.home.executions('os-update').map(({ run }) => run.outcome?.status)).toEqual(['SUCCEEDED']);
    expect(place.events('UpdateEnded').map(({ details }) => details.status)).toEqual(['Successful']);
    expect(place.denials()).toEqual([]);
  });

  it('gives the deployment no permission that no scenario needs', { timeout: 3 * timeout }, async () => {
    const slow = await OtherPlace.prepare({ heartbeatTimeout: 120, node: { bootSeconds: 300 } });
    // A function that dies then reads what it has written (kms:Decrypt).
    slow.cloud.world.faults.plant((call) => call.target === 'aws' && call.operation === 'PutParameter', {
      kind: 'kill-after',
    });
    await slow.launchOnce();
    await slow.comesToRest();
    const late = await OtherPlace.prepare({ joinTimeoutSeconds: 120, node: { bootSeconds: 4_000 } });
    await late.launchOnce();
    await late.comesToRest();
    const stopped = await OtherPlace.prepare();
    await stopped.launchOnce();
    await stopped.cloud.world.until('targets are looked at', () => stopped.trace().includes('CheckTargets'), 900_000);
    await stopped.stop(stopped.bootstraps()[0]?.arn);
    await stopped.comesToRest();

    const leaving = await OtherPlace.prepare({
      ready: true,
      workers: 2,
      spot: true,
      entry: { retire: { rebalance: 'retire', launchFirst: true } },
    });
    const [leaver = ''] = leaving.cluster.inService();
    leaving.cloud.fleet.instances.recommendRebalance(leaver);
    const gone = () => leaving.cloud.fleet.instances.all.get(leaver)?.state === 'terminated';
    await leaving.cloud.world.until('the node is retired', gone, 3_600_000);
    await leaving.comesToRest();

    const watched = await lookedAt();
    const rolled = await rolledByEks();
    const unused = [slow, late, stopped, leaving, watched, rolled].map(
      (place) =>
        new Set(
          place.cloud.authorizer
            .unused(({ name }) => /^tender-access/.test(name))
            .map(({ statement, grant }) => `${statement} ${grant}`),
        ),
    );
    const byNone = [...(unused[0] ?? [])]
      .filter((grant) => unused.every((set) => set.has(grant)))
      // AWS asks for these when a group is given a version, and when a template names a parameter; the local cloud does not.
      .filter((grant) => !/ (ec2:RunInstances|ec2:CreateTags|iam:PassRole|ssm:GetParameters)$/.test(grant));
    expect(byNone).toEqual([]);
  });

  describe('whose role asks for another external id', () => {
    const aws = { externalId: 'a-guess-of-somebody' };

    it('is not served: its hook is left to its default, and the event is kept with the reason', {
      timeout,
    }, async () => {
      const place = await OtherPlace.prepare({ aws });
      const instanceId = await place.launchOnce();
      await place.comesToRest();

      expect(place.bootstraps()).toEqual([]);
      expect(place.hookAnswers()).toEqual([`TIMEOUT ${instanceId}`]);
      expect(place.actionsOfRole()).toEqual([]);
      const [failure] = place.failedSignals();
      expect(failure).toContain(instanceId);
      expect(failure).toContain('AwsAccessDenied');
      expect(failure).toContain('aws.externalId');
    });

    it('tells a person who starts it by hand what to compare', { timeout }, async () => {
      const place = await OtherPlace.prepare({ aws });
      const instanceId = await place.launchOnce();
      place.home.start('NodeBootstrapMachine', { cluster: 'demo', instanceId });
      await place.comesToRest();

      const outcome = place.bootstraps()[0]?.run.outcome;
      expect(outcome).toMatchObject({
        status: 'FAILED',
        error: 'NodeNotBootstrapped',
        cause: expect.stringMatching(/AwsAccessDenied.*sts:AssumeRole.*tender-access-demo.*aws\.externalId/s),
      });
      expect(JSON.stringify(outcome)).not.toContain(externalId);
      expect(place.hookAnswers()).toEqual([`TIMEOUT ${instanceId}`]);
    });
  });

  it('that nobody registered is dropped', { timeout }, async () => {
    const place = await OtherPlace.prepare({ registered: false });
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.events('EventForwarded').length).toBeGreaterThan(0);
    expect(place.bootstraps()).toEqual([]);
    expect(place.hookAnswers()).toEqual([`TIMEOUT ${instanceId}`]);
    expect(place.failedSignals()).toEqual([]);
    expect(place.denials()).toEqual([]);
  });

  it('cannot speak for a cluster of a third account, which is served itself', { timeout }, async () => {
    const place = await OtherPlace.prepare({
      workerTags: { 'tender:cluster': 'shop' },
      forwardingAccounts: '222222222222, 333333333333',
    });
    const shop = await OtherPlace.beside(place.home, { name: 'shop', account: '333333333333' });
    const instanceId = await place.launchOnce();
    await place.comesToRest();
    expect(place.bootstraps()).toEqual([]);
    expect(place.hookAnswers()).toEqual([`TIMEOUT ${instanceId}`]);
    expect(place.failedSignals()).toEqual([]);

    const own = await shop.launchOnce();
    await shop.comesToRest();
    expect(shop.cluster.inService()).toEqual([own]);
    expect(shop.hookAnswers()).toContain(`CONTINUE ${own}`);
    expect([...place.denials(), ...shop.denials()]).toEqual([]);
  });

  it('is served although another cluster of its account is misconfigured', { timeout }, async () => {
    const place = await OtherPlace.prepare();
    const { cloud } = place.home;
    const entry = JSON.parse(cloud.parameters.valueOf('/tender/clusters/demo') ?? '{}') as Record<string, unknown>;
    const broken = { ...entry, name: 'broken', aws: { ...(entry.aws as object), externalId: 'a-guess-of-somebody' } };
    await place.register('broken', broken);
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.hookAnswers()).toEqual([`CONTINUE ${instanceId}`]);
    expect(place.cluster.inService()).toEqual([instanceId]);
  });

  it('is not heard while the deployment does not let its account in, and its events are kept there', {
    timeout,
  }, async () => {
    const place = await OtherPlace.prepare({ forwardingAccounts: '333333333333' });
    const instanceId = await place.launchOnce();
    await place.comesToRest();

    expect(place.events('EventForwarded')).toEqual([]);
    expect(place.hookAnswers()).toEqual([`TIMEOUT ${instanceId}`]);
    const [refused] = place.events('DeliveryFailed');
    expect(refused?.details.message).toContain('no resource-based policy allows the events:PutEvents action');
    expect(place.unforwarded().filter((body) => body.includes('EC2 Instance-launch Lifecycle Action'))).toEqual([
      expect.stringContaining(instanceId),
    ]);
  });

  it('is looked at as soon as it tells of a node there', { timeout }, async () => {
    const place = await OtherPlace.prepare({ ready: true, workers: 1, healthMinutes: 0 });
    const tell = () =>
      place.operate('events', 'PutEvents', {
        Entries: [{ Source: 'tender.health', DetailType: 'Node Problem', Detail: JSON.stringify({ cluster: 'demo' }) }],
      });
    const passes = () =>
      place.events('FunctionStarted').filter(({ source }) => source === 'lambda:tender-dev-check-health').length;
    expect(passes()).toBe(0);
    await tell();
    await place.cloud.world.advance(15_000);

    expect([passes(), place.unforwarded(), place.failedSignals(), place.denials()]).toEqual([1, [], [], []]);
  });

  it('may forward what Auto Scaling says and nothing in another name', { timeout }, async () => {
    const place = await OtherPlace.prepare();
    await place.operate('events', 'PutRule', { Name: 'more', EventPattern: JSON.stringify({ source: ['someone'] }) });
    const role = place.cloud.roles.list().find(({ name }) => name.startsWith('tender-access-ForwardRole'));
    const Arn = place.home.cloud.events.arn;
    await place.operate('events', 'PutTargets', { Rule: 'more', Targets: [{ Id: 'a', Arn, RoleArn: role?.arn }] });
    await place.operate('events', 'PutEvents', {
      Entries: [{ Source: 'someone', DetailType: 'EC2 Instance-launch Lifecycle Action', Detail: '{}' }],
    });
    await place.cloud.world.advance(10_000);

    expect(place.events('EventForwarded')).toEqual([]);
    expect(place.events('DeliveryFailed')).toHaveLength(1);
  });
});
