import { afterEach, describe, expect, it } from 'vitest';
import { alongsideEtcd } from '../../support/etcd/alongside-etcd.ts';
import {
  type ControlPlane,
  controlPlaneInstances,
  rehearseJoiningControlPlane,
  stateOf,
} from '../../support/etcd/control-plane.ts';
import { anyEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { describeEtcd } from '../../support/etcd/etcd-scenario.ts';
import { nodeOf, pages, stored, trace } from '../../support/scenarios/scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';

const { title, release } = anyEtcd();
const long = process.env.TENDER_LONG !== undefined;

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let plane: ControlPlane | undefined;
  afterEach(() => plane?.etcd.stop());

  async function rehearse(spare: number): Promise<ControlPlane> {
    plane = await rehearseJoiningControlPlane(release as EtcdRelease, spare);
    return plane;
  }

  const newcomers = ({ scenario, instanceIds }: ControlPlane) =>
    controlPlaneInstances(scenario).filter((id) => !instanceIds.includes(id));
  const areInService = (plane: ControlPlane, count: number) => () =>
    newcomers(plane).filter((id) => stateOf(plane.scenario, id) === 'InService').length === count;

  it.runIf(long)('whose machine fails (twenty seconds) gets another node and another voter, by itself', async () => {
    const all = await rehearse(1);
    const { scenario, etcd, instanceIds } = all;
    await etcd.kill('m2');
    await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [instanceIds[1]] });

    await alongsideEtcd(scenario, areInService(all, 1));
    // Whoever is first takes the dead member off the list: the retirement, which then has another one seen to vote, or the newcomer, which needs its place.
    const isSeenTo = () => ['', 'SUCCEEDED'].includes(scenario.outcomes('etcd-member-replace').join());
    const isRetired = () => scenario.outcomes('node-retire').every((outcome) => outcome === 'SUCCEEDED');
    await alongsideEtcd(scenario, () => isRetired() && isSeenTo());

    const [newcomer = ''] = newcomers(all);
    const members = await etcd.open('m4').members({ confirmed: true });
    expect(members.map(({ name, isLearner }) => [name, isLearner]).sort()).toEqual([
      ['m1', false],
      ['m3', false],
      ['m4', false],
    ]);
    const node = nodeOf(scenario, newcomer);
    expect(node?.metadata.labels).toHaveProperty('node-role.kubernetes.io/control-plane');
    expect(node?.spec.taints?.map(({ key }) => key)).toEqual(['node-role.kubernetes.io/control-plane']);
    const states = trace(scenario);
    expect(states.indexOf('OfferJoin')).toBeGreaterThan(states.lastIndexOf('PrepareControlPlane'));
    expect(states.indexOf('RegisterTargets')).toBeGreaterThan(states.lastIndexOf('FindVoter'));
    // Nothing of the join is left, and no history holds what the certificates were encrypted with.
    expect(stored(scenario, 'control-plane-joins/').size).toBe(0);
    expect(scenario.cloud.parameters.list().filter(({ name }) => name.startsWith('/tender/join/'))).toEqual([]);
    expect(scenario.events('CommandEnded').map(({ details }) => details.status)).toEqual(['Success']);
    expect(JSON.stringify(scenario.deployment.executions('node-bootstrap')[0]?.run.history)).not.toMatch(
      /[0-9a-f]{64}/,
    );
    expect(pages(scenario)).toEqual([]);
    const own = /^(PrepareControlPlane|FindVoter) /;
    expect(unusedPermissions([scenario]).filter((name) => own.test(name))).toEqual([
      // S3 looks whether the caller may list, to choose between 404 and 403; the books take no note of it.
      'FindVoter s3:ListBucket',
      'PrepareControlPlane s3:ListBucket',
      // Nobody else wanted to join.
      'PrepareControlPlane states:DescribeExecution',
    ]);
  });

  it.runIf(long)('grows by two, one after the other', async () => {
    const all = await rehearse(2);
    const { scenario, etcd } = all;
    await scenario.operate('autoscaling', 'SetDesiredCapacity', {
      AutoScalingGroupName: 'demo-control-plane',
      DesiredCapacity: 5,
    });

    await alongsideEtcd(scenario, areInService(all, 2));

    expect(await etcd.open('m1').members({ confirmed: true })).toHaveLength(5);
    const uploads = scenario.events('CommandSent').map(({ at }) => at);
    const voters = scenario
      .events('StateEntered')
      .filter(
        ({ details }) => details.state === 'RegisterTargets' && String(details.machine).endsWith('node-bootstrap'),
      );
    expect(uploads).toHaveLength(2);
    expect(voters[0]?.at).toBeLessThan(uploads[1] ?? 0);
    expect(pages(scenario)).toEqual([]);
  });

  it.runIf(long)(
    'is not taken away because nobody can see its voter: it enters service, and a person is told',
    async () => {
      const all = await rehearse(1);
      const { scenario, etcd } = all;
      await scenario.operate('autoscaling', 'SetDesiredCapacity', {
        AutoScalingGroupName: 'demo-control-plane',
        DesiredCapacity: 4,
      });
      const isOffered = () => scenario.events('StateEntered').some(({ details }) => details.state === 'OfferJoin');
      await alongsideEtcd(scenario, isOffered);
      await describeEtcd(scenario, etcd, { endpoints: ['https://127.0.0.1:1'] });

      await alongsideEtcd(scenario, areInService(all, 1));
      await scenario.world.advance(5_000); // mails are under way

      expect(pages(scenario)).toMatchObject([
        { message: expect.stringContaining('etcd does not say that its member votes') },
      ]);
      expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    },
  );
});
