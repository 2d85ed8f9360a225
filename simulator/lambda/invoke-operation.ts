import type * as lambda from '@aws-sdk/client-lambda';
import { AwsError, type Operations } from '../cloud/service.ts';
import { responsePayload } from './async-invocations.ts';
import { parseFunctionName } from './function-name.ts';
import { onFunction } from './function-operations.ts';
import type { Functions } from './functions.ts';

/** Invoke, in its three invocation types. */
export function invokeOperation(functions: Functions): Operations<typeof lambda> {
  return {
    Invoke: {
      access: onFunction('InvokeFunction'),
      mutating: true,
      run: async ({ FunctionName, Qualifier, InvocationType, Payload }) => {
        const { name, qualifier } = parseFunctionName(FunctionName ?? '', Qualifier);
        const target = qualifier ? `${name}:${qualifier}` : name;
        const event = parsePayload(Payload as Uint8Array | undefined);
        if (InvocationType === 'DryRun') {
          functions.find(name).resolve(qualifier);
          return { StatusCode: 204 };
        }
        if (InvocationType === 'Event') {
          functions.enqueue(target, event);
          return { StatusCode: 202 };
        }
        const result = await functions.invoke(target, event);
        return {
          StatusCode: 200,
          ExecutedVersion: result.executedVersion,
          ...(result.ok ? {} : { FunctionError: 'Unhandled' }),
          Payload: bytes(JSON.stringify(responsePayload(result))),
        };
      },
    },
  };
}

function parsePayload(payload: Uint8Array | undefined): unknown {
  const text = Buffer.from(payload ?? []).toString();
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Could not parse request body into json: Could not parse payload into json: ${reason}`;
    throw new AwsError('InvalidRequestContentException', message, { fields: { Type: 'User' } });
  }
}

// The SDK's type adds a conversion to text that the wire does not need.
function bytes(text: string): NonNullable<lambda.InvokeCommandOutput['Payload']> {
  return Buffer.from(text) as unknown as NonNullable<lambda.InvokeCommandOutput['Payload']>;
}
