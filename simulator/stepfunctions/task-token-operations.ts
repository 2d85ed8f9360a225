import type * as Sfn from '@aws-sdk/client-sfn';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { Json } from './json.ts';
import type { TaskTokens } from './task-tokens.ts';

type TokenOperations = Pick<Operations<typeof Sfn>, 'SendTaskSuccess' | 'SendTaskFailure' | 'SendTaskHeartbeat'>;

/**
 * The calls that end or prolong a task that waits for its token. Tokens know no resource: permissions are for `*`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
 */
export function taskTokenOperations(tokens: TaskTokens): TokenOperations {
  return {
    SendTaskSuccess: {
      run: ({ taskToken, output }) => {
        tokens.succeed(taskToken ?? '', parseOutput(output ?? ''));
        return {};
      },
    },
    SendTaskFailure: {
      run: ({ taskToken, error, cause }) => {
        tokens.fail(taskToken ?? '', error, cause);
        return {};
      },
    },
    SendTaskHeartbeat: {
      run: ({ taskToken }) => {
        tokens.beat(taskToken ?? '');
        return {};
      },
    },
  };
}

function parseOutput(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
  }
}
