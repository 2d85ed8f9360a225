import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { clusterTag } from '../doctor/names.ts';
import type { DenialFacts } from '../doctor/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** Something that one of Tender's roles has to be allowed. */
export interface Need {
  readonly purpose: DenialFacts['purpose'];
  /** Whose role: a function's, or a state machine's. */
  readonly of: { readonly fn: string } | { readonly machineArn: string };
  readonly action: string;
  readonly resources: readonly string[];
  /** The cluster that the resource is tagged for, where a condition asks. */
  readonly tagged?: string;
}

/** What Tender's roles are not allowed of what a cluster needs, by IAM's simulation. */
export async function deniedNeeds(home: AwsAccess, needs: readonly Need[]): Promise<readonly DenialFacts[]> {
  const roles = new Map<string, Promise<string>>();
  const roleOf = (of: Need['of']) => {
    const key = 'fn' in of ? of.fn : of.machineArn;
    const known = roles.get(key) ?? roleArn(home, of);
    roles.set(key, known);
    return known;
  };
  const denials = await Promise.all(
    needs
      .filter(({ resources }) => resources.length > 0)
      .map(async (need) => denied(home.client(IAMClient), need, await roleOf(need.of))),
  );
  return denials.flat();
}

async function roleArn(home: AwsAccess, of: Need['of']): Promise<string> {
  if ('fn' in of) {
    const command = new GetFunctionConfigurationCommand({ FunctionName: of.fn });
    return (await awsCall(home.client(LambdaClient).send(command))).Role ?? '';
  }
  const command = new DescribeStateMachineCommand({ stateMachineArn: of.machineArn });
  return (await awsCall(home.client(SFNClient).send(command))).roleArn ?? '';
}

async function denied(iam: IAMClient, need: Need, role: string): Promise<readonly DenialFacts[]> {
  const { purpose, action, resources, tagged } = need;
  const context = {
    ContextKeyName: `aws:ResourceTag/${clusterTag}`,
    ContextKeyType: 'string' as const,
    ContextKeyValues: [tagged ?? ''],
  };
  const command = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: role,
    ActionNames: [action],
    ResourceArns: [...resources],
    ...(tagged !== undefined && { ContextEntries: [context] }),
  });
  const { EvaluationResults = [] } = await awsCall(iam.send(command));
  return EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== 'allowed').map(
    ({ EvalActionName = action, EvalResourceName = '' }) => ({
      purpose,
      role,
      action: EvalActionName,
      resource: EvalResourceName,
    }),
  );
}
