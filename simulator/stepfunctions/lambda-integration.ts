import type { Invocation } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import { type IntegrationPorts, roleCaller } from './integration-ports.ts';
import { isObject, type Json, toJson } from './json.ts';
import { sdkMetadata } from './sdk-metadata.ts';
import { StateError } from './state-error.ts';
import type { TaskAnswer, TaskIntegration, TaskOrigin } from './task-integration.ts';

// What the SDK that the Lambda integration is built on has a class for; anything else is Lambda.AWSLambdaException.
const modelled = new Set([
  'ResourceNotFoundException',
  'TooManyRequestsException',
  'ServiceException',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'RequestTooLargeException',
  'ResourceNotReadyException',
  'ResourceConflictException',
  'EC2ThrottledException',
  'ENILimitReachedException',
]);

/** A Task whose Resource is a function's ARN: its arguments are the event, its value is the result. */
export function functionIntegration(ports: IntegrationPorts, functionArn: string): TaskIntegration {
  return {
    call: async (args, origin) => ({ response: value(await invoke(ports, origin, functionArn, args)) }),
  };
}

/**
 * `arn:aws:states:::lambda:invoke`. A missing or null Payload is `{}`, a text is the request body itself (recorded).
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
 */
export function lambdaInvokeIntegration(ports: IntegrationPorts): TaskIntegration {
  return {
    call: async (args, origin): Promise<TaskAnswer> => {
      const request = isObject(args) ? args : {};
      const name = typeof request.FunctionName === 'string' ? request.FunctionName : '';
      const qualified = typeof request.Qualifier === 'string' ? `${name}:${request.Qualifier}` : name;
      const payload = requestBody(request.Payload);
      if (request.InvocationType === 'Event') {
        allow(ports, origin, qualified);
        ports.functions.invokeLater(qualified, payload);
        return { response: { Payload: '', ...sdkMetadata(ports.world, 202), StatusCode: 202 } };
      }
      const invocation = await invoke(ports, origin, qualified, payload);
      const result = value(invocation);
      const { executedVersion } = invocation;
      return {
        response: { ExecutedVersion: executedVersion, Payload: result, ...sdkMetadata(ports.world), StatusCode: 200 },
      };
    },
  };
}

function requestBody(payload: Json | undefined): Json {
  if (payload === undefined || payload === null) return {};
  if (typeof payload !== 'string') return payload;
  try {
    return JSON.parse(payload) as Json;
  } catch (error) {
    throw new StateError(
      'Lambda.InvalidRequestContentException',
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
}

async function invoke(
  ports: IntegrationPorts,
  origin: TaskOrigin,
  functionName: string,
  payload: Json,
): Promise<Invocation> {
  allow(ports, origin, functionName);
  try {
    return await ports.functions.invoke(functionName, payload);
  } catch (error) {
    throw error instanceof AwsError ? serviceError(ports, error) : error;
  }
}

function allow(ports: IntegrationPorts, origin: TaskOrigin, functionName: string): void {
  const caller = roleCaller(origin.roleArn, ports.account, origin.executionName);
  const resource = functionName.startsWith('arn:')
    ? functionName
    : `arn:aws:lambda:${ports.region}:${ports.account}:function:${functionName}`;
  try {
    ports.authorize(caller, { action: 'lambda:InvokeFunction', resource });
  } catch (error) {
    throw error instanceof AwsError ? serviceError(ports, error) : error;
  }
}

/** `Lambda.<Code>`. https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html */
function serviceError(ports: IntegrationPorts, error: AwsError): StateError {
  const requestId = ports.world.random.for('states:requests').uuid();
  const name = modelled.has(error.code) ? `Lambda.${error.code}` : 'Lambda.AWSLambdaException';
  const status =
    error.status ??
    (error.code === 'ResourceNotFoundException' ? 404 : error.code === 'AccessDeniedException' ? 403 : 400);
  const details = `(Service: AWSLambda; Status Code: ${status}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`;
  return new StateError(name, `${error.message} ${details}`);
}

/**
 * The function's value. @throws StateError by the error's own name, with the runtime's report as the cause.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (Lambda.Unknown: no error type)
 */
function value(invocation: Invocation): Json {
  if (invocation.ok) return toJson(invocation.payload) ?? null;
  const { errorType, errorMessage, trace } = invocation;
  if (errorType === '') {
    const payload = JSON.stringify({ errorMessage });
    throw new StateError(
      'Lambda.Unknown',
      `The cause could not be determined because Lambda did not return an error type. Returned payload: ${payload}`,
    );
  }
  throw new StateError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
}
