import type { Need } from '../aws/tender-permissions.ts';
import type { GroupFacts } from '../doctor/ports.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** Which deployment it is about. */
interface Deployed {
  readonly environment: Environment;
  readonly stage: string;
  readonly partition: string;
  readonly account: string;
}

/** What Tender's own roles have to be allowed for a cluster. In another account its role does most of it, and this one only assumes that. */
export function needsOf(
  { cluster, home, elsewhere }: RegisteredCluster,
  groups: readonly GroupFacts[],
  { environment, stage, partition, account }: Deployed,
): readonly Need[] {
  const fn = (name: string) => ({ fn: `tender-${stage}-${name}` });
  const machine = (name: string) => ({
    machineArn: `arn:${partition}:states:${home.region}:${account}:stateMachine:tender-${stage}-${name}`,
  });
  const { auth } = cluster.kubernetes;
  const accessRole = cluster.aws.roleArn ?? (auth.kind === 'iam' ? auth.roleArn : undefined);
  const bucket = `arn:${partition}:s3:::${setting(environment, 'STATE_BUCKET')}`;
  const snapshots = `arn:${partition}:s3:::${setting(environment, 'SNAPSHOT_BUCKET')}`;
  const prefix = environment.REGISTRY_PREFIX ?? '/tender/clusters';
  const entry = `arn:${partition}:ssm:${home.region}:${account}:parameter${prefix}/${cluster.name}`;
  const groupArns = elsewhere ? [] : groups.map(({ arn }) => arn);
  const targets = Object.values(cluster.roles).flatMap(({ targetGroups }) => targetGroups.map(({ arn }) => arn));
  // What is elsewhere is another finding (user-hook-elsewhere).
  const isHere = (arn: string) => arn.split(':').slice(3, 5).join() === [home.region, account].join();
  const hook = { purpose: 'hooks', resources: groupArns, tagged: cluster.name } as const;
  return [
    { purpose: 'registry', of: fn('plan-bootstrap'), action: 'ssm:GetParameter', resources: [entry] },
    { purpose: 'registry', of: fn('plan-retire'), action: 'ssm:GetParameter', resources: [entry] },
    ...(accessRole === undefined
      ? []
      : ([
          { purpose: 'credential', of: fn('plan-drain'), action: 'sts:AssumeRole', resources: [accessRole] },
        ] as const)),
    ...(auth.kind === 'iam' || elsewhere
      ? []
      : (['plan-drain', 'offer-join', 'check-health'] as const).map(
          (name): Need => ({
            purpose: 'credential',
            of: fn(name),
            action: 'secretsmanager:GetSecretValue',
            resources: [auth.secretArn],
          }),
        )),
    ...(['node-bootstrap', 'node-retire'] as const).flatMap((name): Need[] => [
      { ...hook, of: machine(name), action: 'autoscaling:CompleteLifecycleAction' },
      { ...hook, of: machine(name), action: 'autoscaling:RecordLifecycleActionHeartbeat' },
    ]),
    {
      purpose: 'load-balancers',
      of: fn('register-targets'),
      action: 'elasticloadbalancing:RegisterTargets',
      resources: elsewhere ? [] : targets,
    },
    {
      purpose: 'state',
      of: fn('claim-instance'),
      action: 's3:PutObject',
      resources: [`${bucket}/claims/${cluster.name}/i-0.json`],
    },
    ...(cluster.etcd
      ? ([
          {
            purpose: 'etcd',
            of: fn('take-snapshot'),
            action: 's3:PutObject',
            resources: [`${snapshots}/etcd/${cluster.name}/x.db.zst`],
          },
          {
            purpose: 'etcd',
            of: fn('take-snapshot'),
            action: 'secretsmanager:GetSecretValue',
            resources: elsewhere ? [] : [cluster.etcd.secretArn],
          },
        ] as const)
      : []),
    ...cluster.userHooks.map(({ run }): Need => {
      const of = machine('user-hook');
      const document = `arn:${partition}:ssm:${home.region}:${account}:document/`;
      if (run.kind === 'ssm-document')
        return { purpose: 'user-hooks', of, action: 'ssm:SendCommand', resources: [`${document}${run.name}`] };
      const action = run.kind === 'lambda' ? 'lambda:InvokeFunction' : 'states:StartExecution';
      return { purpose: 'user-hooks', of, action, resources: isHere(run.arn) ? [run.arn] : [] };
    }),
  ];
}
