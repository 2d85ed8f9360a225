import { GetInstanceProfileCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { instanceArnContext, joinParameter } from '../doctor/names.ts';
import type { ProfileFacts } from '../doctor/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

/** What the agent of Systems Manager does (docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-add-permissions-to-existing-profile.html). */
const AGENT = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];
const OWN = 'i-00000000000000001';
const OTHER = 'i-00000000000000002';

/** Where instances of a cluster are. */
export interface Place {
  readonly cluster: string;
  readonly account: string;
  readonly partition: string;
}

/** What the roles of instance profiles may, by IAM's simulation. Each is asked for once. */
export function inspectedProfiles(
  aws: AwsAccess,
  place: Place,
  profiles: readonly string[],
): Promise<readonly ProfileFacts[]> {
  const iam = aws.client(IAMClient);
  return Promise.all([...new Set(profiles)].sort().map((profile) => inspected(iam, aws.region, place, profile)));
}

async function inspected(iam: IAMClient, region: string, place: Place, profile: string): Promise<ProfileFacts> {
  const command = new GetInstanceProfileCommand({ InstanceProfileName: profile });
  const answer = await awsCallUnless(['NoSuchEntity', 'NoSuchEntityException'], iam.send(command));
  const role = answer?.InstanceProfile?.Roles?.[0];
  if (role?.Arn === undefined) {
    return { profile, role: '', readsOwnParameter: false, readsForeignParameter: false, agentLacks: [] };
  }
  const { Arn } = role;
  const [own, foreign, agent] = await Promise.all([
    reads(iam, Arn, region, place, OWN),
    reads(iam, Arn, region, place, OTHER),
    simulate(iam, { PolicySourceArn: Arn, ActionNames: AGENT, ResourceArns: ['*'] }),
  ]);
  return {
    profile,
    role: role.RoleName ?? '',
    readsOwnParameter: own,
    readsForeignParameter: foreign,
    agentLacks: AGENT.filter((action) => !agent.has(action)),
  };
}

/** Whether the instance {@link OWN} may read what lies there for this instance. */
async function reads(iam: IAMClient, role: string, region: string, place: Place, instance: string): Promise<boolean> {
  const { partition, account, cluster } = place;
  const arn = (id: string) => `arn:${partition}:ec2:${region}:${account}:instance/${id}`;
  const entry = (name: string, value: string) => ({
    ContextKeyName: name,
    ContextKeyType: 'string' as const,
    ContextKeyValues: [value],
  });
  const allowed = await simulate(iam, {
    PolicySourceArn: role,
    ActionNames: ['ssm:GetParameter'],
    ResourceArns: [`arn:${partition}:ssm:${region}:${account}:parameter${joinParameter(cluster, instance)}`],
    ContextEntries: [entry(instanceArnContext, arn(instance)), entry('ec2:SourceInstanceARN', arn(OWN))],
  });
  return allowed.has('ssm:GetParameter');
}

/** Which actions are allowed. */
async function simulate(
  iam: IAMClient,
  input: ConstructorParameters<typeof SimulatePrincipalPolicyCommand>[0],
): Promise<ReadonlySet<string>> {
  const { EvaluationResults = [] } = await awsCall(iam.send(new SimulatePrincipalPolicyCommand(input)));
  return new Set(
    EvaluationResults.filter(({ EvalDecision }) => EvalDecision === 'allowed').map(
      ({ EvalActionName = '' }) => EvalActionName,
    ),
  );
}
