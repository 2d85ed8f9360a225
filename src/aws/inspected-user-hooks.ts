import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DescribeDocumentCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { UserHookEntry, UserHookFacts } from '../doctor/userhook-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** What user-hook gives every document. */
const DOCUMENT_PARAMETERS = ['point', 'cluster', 'execution'];

type Seen = Pick<UserHookFacts, 'found' | 'unfit'> & { readonly ownTimeoutSeconds?: number };

const GONE: Seen = { found: 'gone', unfit: '' };

/** What there is of what hooks run, in the account and region of the deployment. */
export function inspectedUserHooks(
  home: AwsAccess,
  account: string,
  hooks: readonly UserHookEntry[],
): Promise<readonly UserHookFacts[]> {
  return Promise.all(
    hooks.map(async ({ name: hook, run }) => {
      const target = run.kind === 'ssm-document' ? run.name : run.arn;
      const [, , , region, owner] = target.split(':');
      const isHere = run.kind === 'ssm-document' || (region === home.region && owner === account);
      const seen: Seen = isHere ? await LOOKS[run.kind](home, target) : { found: 'elsewhere', unfit: '' };
      return { hook, target, ...seen };
    }),
  );
}

const LOOKS: Readonly<Record<UserHookEntry['run']['kind'], (home: AwsAccess, target: string) => Promise<Seen>>> = {
  async lambda(home, target) {
    const command = new GetFunctionConfigurationCommand({ FunctionName: target });
    const found = await awsCallUnless(['ResourceNotFoundException'], home.client(LambdaClient).send(command));
    return found ? { found: 'there', unfit: '', ownTimeoutSeconds: found.Timeout ?? 0 } : GONE;
  },
  async 'state-machine'(home, target) {
    const command = new DescribeStateMachineCommand({ stateMachineArn: target });
    const found = await awsCallUnless(['StateMachineDoesNotExist'], home.client(SFNClient).send(command));
    if (!found) return GONE;
    const isExpress = found.type === 'EXPRESS';
    return { found: 'there', unfit: isExpress ? 'is an Express state machine, which cannot be waited for' : '' };
  },
  async 'ssm-document'(home, target) {
    const command = new DescribeDocumentCommand({ Name: target });
    const found = await awsCallUnless(['InvalidDocument'], home.client(SSMClient).send(command));
    if (!found) return GONE;
    const { DocumentType, Parameters = [] } = found.Document ?? {};
    if (DocumentType !== 'Command')
      return { found: 'there', unfit: `is a document of type ${DocumentType}, which no instance runs` };
    const missing = DOCUMENT_PARAMETERS.filter((name) => !Parameters.some(({ Name }) => Name === name));
    const unfit = missing.length > 0 ? `does not declare the parameters ${missing.join(', ')}, so SSM refuses it` : '';
    return { found: 'there', unfit };
  },
};
