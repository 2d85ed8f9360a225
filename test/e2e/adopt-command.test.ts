import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { load } from 'js-yaml';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asAdministrator, snapshot, unadopt } from '../support/adoption/unadopted.ts';
import type { FaultScenario } from '../support/scenarios/fault-scenario.ts';
import { rehearse } from '../support/scenarios/scenario.ts';
import { atTheDoor } from '../support/tender-door.ts';

const long = process.env.TENDER_LONG !== undefined;

interface Plan {
  readonly flavor: string;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly changes: readonly { readonly thing: { readonly kind: string }; readonly before: unknown }[];
}

/** Adopts, lets nodes come and go, removes, and compares the world with what it was. */
async function comesAndGoes(
  scenario: FaultScenario,
  {
    more = [],
    eks,
    meanwhile,
    nodesComeAndGo,
    planned,
  }: {
    readonly more?: readonly string[];
    /** Where EKS's own API is, for somebody who has no kubeconfig. */
    readonly eks?: (apiServer: string) => Promise<string>;
    /** What the plan leaves to a person, and hooks wait for. */
    readonly meanwhile?: () => void;
    readonly nodesComeAndGo: () => Promise<void>;
    readonly planned: (plan: Plan) => void;
  },
): Promise<void> {
  await asAdministrator(scenario, async (kubeconfig, url) => {
    const before = await snapshot(scenario);
    const environment: Record<string, string> = eks
      ? { AWS_ENDPOINT_URL_EKS: await eks(url), ...keysOf(scenario) }
      : {};
    const who = eks ? ['--eks'] : ['--kubeconfig', kubeconfig];
    const adopt = ['cluster', 'adopt', 'demo', ...who, ...more];
    await atTheDoor(
      scenario,
      async (run) => {
        const { status, out, err } = await run(...adopt, '-o', 'json');
        expect({ status, err }).toEqual({ status: 0, err: '' });
        planned(JSON.parse(out) as Plan);
        expect((await run(...adopt)).out).toContain('Nothing was changed.');
      },
      { environment },
    );
    expect(await snapshot(scenario)).toBe(before);

    await atTheDoor(
      scenario,
      async (run) => {
        const first = await run(...adopt, '--apply');
        expect(first).toMatchObject({
          status: meanwhile ? 1 : 0,
          err: expect.stringContaining('add parameter /tender/clusters/demo'),
        });
        expect(first.err.includes('hook tender-launch')).toBe(meanwhile === undefined);
        if (meanwhile) {
          expect(first.out).toContain('hook tender-launch of demo-workers: Tender cannot work in the cluster yet');
          meanwhile();
          expect(await run(...adopt, '--apply')).toMatchObject({
            status: 0,
            err: expect.stringMatching(/^add hook tender-launch/),
          });
        }
        expect(await run(...adopt, '--apply')).toMatchObject({
          status: 0,
          err: '',
          out: expect.stringContaining('nothing to change'),
        });
      },
      { environment },
    );
    await nodesComeAndGo();

    const remove = ['cluster', 'remove', 'demo', ...who];
    await atTheDoor(
      scenario,
      async (run) => {
        expect((await run(...remove, '--plan')).out).toMatch(
          /^DOES +WHAT\nremove +hook tender-terminate of demo-workers/,
        );
        expect(await run(...remove)).toMatchObject({
          status: 0,
          err: expect.stringMatching(/^remove hook tender-terminate/),
        });
        expect(await run(...remove)).toMatchObject({ status: 2, err: expect.stringContaining('AdoptionNotFound') });
      },
      { environment },
    );
    expect(await snapshot(scenario)).toBe(before);
  });
}

/** Keys of somebody, which a cluster that knows IAM can verify. */
function keysOf({ cloud }: FaultScenario): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = cloud.credentials.issue(cloud.credentials.operator);
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken };
}

/** EKS's own API, as far as it says where an API server is. */
async function eksAnswering({ cluster }: FaultScenario, endpoint: string): Promise<string> {
  const data = Buffer.from(cluster.kubernetes.caCertificate).toString('base64');
  const body = JSON.stringify({ cluster: { endpoint, certificateAuthority: { data } } });
  const server = createServer((_request, response) => void response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('adopts a kubeadm cluster whose nodes then come and go, and remove restores the world byte for byte', {
  timeout: 120_000,
}, async () => {
  const scenario = await rehearse({ schedules: false, gated: false });
  await unadopt(scenario, { 'kubernetes.io/cluster/demo': 'owned' });

  await comesAndGoes(scenario, {
    planned: ({ flavor, entry, changes }) => {
      expect(flavor).toBe('kubeadm');
      expect(entry).toMatchObject({ bootstrap: 'tender', health: { repair: 'notify' } });
      expect(changes.length).toBeGreaterThan(20);
      expect(changes.every(({ before }) => before === null)).toBe(true);
    },
    nodesComeAndGo: async () => {
      await scenario.cluster.scaleTo(1);
      await scenario.world.until('a node is in service', () => scenario.cluster.inService().length === 1, 3_600_000);
      await scenario.cluster.scaleTo(0);
      await scenario.comesToRest();
      expect([scenario.outcomes(), new Set(scenario.outcomes('node-retire'))]).toEqual([
        ['SUCCEEDED'],
        new Set(['SUCCEEDED']),
      ]);
    },
  });
});

describe.skipIf(!long)('other clusters (takes seconds each, needs TENDER_LONG)', { timeout: 120_000 }, () => {
  const scaledIn = async (scenario: FaultScenario) => {
    await scenario.cluster.scaleTo(1);
    await scenario.comesToRest();
    expect(new Set(scenario.outcomes('node-retire'))).toEqual(new Set(['SUCCEEDED']));
    expect(scenario.outcomes()).toEqual([]);
  };

  it('adopts one of kOps, whose nodes join by themselves', async () => {
    const scenario = await rehearse({ schedules: false, ready: true, workers: 2 });
    await unadopt(scenario, {
      KubernetesCluster: 'demo',
      'kops.k8s.io/instancegroup': 'nodes',
      'k8s.io/role/node': '1',
    });

    await comesAndGoes(scenario, {
      more: ['--group', 'demo-workers'],
      planned: ({ flavor, entry, changes }) => {
        expect(flavor).toBe('kops');
        expect(entry).toMatchObject({ bootstrap: 'self', nodeNames: 'private-dns' });
        expect(changes.map(({ thing }) => thing.kind)).not.toContain('role-policy');
      },
      nodesComeAndGo: () => scaledIn(scenario),
    });
  });

  it('adopts one of EKS, which knows Tender by a role', async () => {
    const scenario = await rehearse({
      schedules: false,
      ready: true,
      workers: 2,
      controllers: { approvesServing: true },
    });
    await unadopt(scenario, { 'eks:cluster-name': 'demo' });

    // Whoever made the cluster is its administrator.
    const arn = 'arn:aws:iam::111111111111:user/operator';
    scenario.cluster.kubernetes.addAwsAccess({ arn, username: 'admin', groups: ['system:masters'] });

    await comesAndGoes(scenario, {
      more: ['--group', 'demo-workers'],
      eks: (apiServer) => eksAnswering(scenario, apiServer),
      planned: ({ flavor, entry }) => {
        expect(flavor).toBe('eks');
        expect(entry).toMatchObject({ kind: 'eks', kubernetes: { auth: { kind: 'iam', clusterId: 'demo' } } });
      },
      // aws eks create-access-entry.
      meanwhile: () => {
        const arn = 'arn:aws:iam::111111111111:role/tender-access-demo';
        scenario.cluster.kubernetes.addAwsAccess({ arn, username: 'tender', groups: ['tender:controllers'] });
      },
      nodesComeAndGo: () => scaledIn(scenario),
    });
  });
});

it.runIf(long)(
  'prints templates, refuses to remove while workflows run, and keeps what was changed since (needs TENDER_LONG)',
  {
    timeout: 120_000,
  },
  async () => {
    const scenario = await rehearse({ schedules: false, gated: false });
    await unadopt(scenario, { 'kubernetes.io/cluster/demo': 'owned' });
    // A hook of an earlier trial is there, and comes back.
    const earlier = {
      AutoScalingGroupName: 'demo-workers',
      LifecycleHookName: 'tender-terminate',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    };
    await scenario.operate('autoscaling', 'PutLifecycleHook', {
      ...earlier,
      HeartbeatTimeout: 900,
      DefaultResult: 'ABANDON',
      NotificationMetadata: 'ours',
    });
    await asAdministrator(scenario, async (kubeconfig) => {
      const before = await snapshot(scenario);
      const adopt = ['cluster', 'adopt', 'demo', '--kubeconfig', kubeconfig];
      const remove = ['cluster', 'remove', 'demo', '--kubeconfig', kubeconfig];
      await atTheDoor(scenario, async (run) => {
        const template = load((await run(...adopt, '--format', 'cloudformation')).out) as {
          Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
        };
        const group = Object.values(template.Resources).find(
          ({ Properties }) => Properties.AutoScalingGroupName === 'demo-workers',
        );
        expect(group?.Properties.LifecycleHookSpecificationList).toMatchObject([
          { LifecycleHookName: 'tender-launch', DefaultResult: 'ABANDON' },
          { HeartbeatTimeout: 900 },
        ]);
        const terraform = JSON.parse((await run(...adopt, '--format', 'terraform')).out);
        expect(terraform.resource.aws_autoscaling_lifecycle_hook).toHaveProperty('demo_workers_tender_launch');
        expect((await run(...adopt)).out).toMatch(/change +hook tender-terminate of demo-workers/);

        expect(await run(...adopt, '--apply')).toMatchObject({ status: 0 });
      });

      await scenario.cluster.scaleTo(1);
      await scenario.world.until('a bootstrap runs', () => scenario.outcomes().includes('running'), 600_000);
      await atTheDoor(scenario, async (run) => {
        expect(await run(...remove)).toMatchObject({ status: 1, err: expect.stringContaining('ClusterBusy') });
      });
      await scenario.world.until('a node is in service', () => scenario.cluster.inService().length === 1, 3_600_000);
      await scenario.cluster.scaleTo(0);
      await scenario.comesToRest();

      await scenario.operate('autoscaling', 'PutLifecycleHook', {
        ...earlier,
        HeartbeatTimeout: 600,
        DefaultResult: 'CONTINUE',
      });
      const adopted = await snapshot(scenario);
      await atTheDoor(scenario, async (run) => {
        expect(await run(...remove)).toMatchObject({
          status: 2,
          err: expect.stringContaining('hook tender-terminate of demo-workers: heartbeatTimeout'),
        });
      });
      expect(await snapshot(scenario)).toBe(adopted);
      await atTheDoor(scenario, async (run) => {
        expect(await run(...remove, '--force')).toMatchObject({ status: 0 });
      });
      expect(await snapshot(scenario)).toBe(before);
    });
  },
);
