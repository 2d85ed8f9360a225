import { AwsError, type Service } from '../cloud/service.ts';
import { ConnectionError } from '../wire/http.ts';
import { type IntegrationPorts, roleCaller } from './integration-ports.ts';
import { isObject, type Json, toJson } from './json.ts';
import { sdkErrorCause, sdkErrorName } from './sdk-error-name.ts';
import { type SdkService, sdkServices } from './sdk-services.ts';
import { StateError } from './state-error.ts';
import type { TaskIntegration } from './task-integration.ts';

const sdkPrefix = 'aws-sdk:';

/**
 * `arn:aws:states:::aws-sdk:<service>:<action>`, called with the machine's role. Arguments and result are in PascalCase
 * whatever the API's own case is.
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
export function sdkIntegration(ports: IntegrationPorts, resourceType: string, action: string): TaskIntegration {
  const service = sdkServiceOf(resourceType);
  if (!service) throw new Error(`no aws-sdk service in ${resourceType}`);
  const operation = operationOf(action);
  return {
    call: async (args, origin) => {
      const caller = roleCaller(origin.roleArn, ports.account, origin.executionName);
      const input = service.camelCase ? recase(args, lowerFirst) : args;
      try {
        // By the name in the resource, not the IAM prefix: it tells the two load balancing APIs apart.
        const output = await ports.calls.call(resourceType.slice(sdkPrefix.length), operation, input, caller);
        const json = toJson(withoutMetadata(output)) ?? {};
        return { response: service.camelCase ? recase(json, upperFirst) : json };
      } catch (error) {
        throw sdkFailure(ports, service, error);
      }
    },
  };
}

/** Why such a task cannot run here, or undefined: the service or its action is unknown. */
export function sdkRefusal(ports: IntegrationPorts, resourceType: string, action: string): string | undefined {
  const service = sdkServiceOf(resourceType);
  if (!service) return `the local cloud has no service '${resourceType}'`;
  const sdks = ports.services().filter((candidate) => candidate.prefix === service.prefix);
  if (sdks.length === 0) return `the local cloud has no service '${service.prefix}'`;
  if (/^[A-Z]/.test(action)) return `an action is written in camelCase, not '${action}'`;
  const sdk = sdkOf(ports, service);
  const known = sdk && `${operationOf(action)}Command` in sdk;
  return known ? undefined : `'${action}' is not an API action of ${resourceType}`;
}

function sdkServiceOf(resourceType: string): SdkService | undefined {
  return resourceType.startsWith(sdkPrefix) ? sdkServices[resourceType.slice(sdkPrefix.length)] : undefined;
}

function sdkOf(ports: IntegrationPorts, service: SdkService): Service['sdk'] | undefined {
  const candidates = ports.services().filter((candidate) => candidate.prefix === service.prefix);
  const { marker } = service;
  return (marker ? candidates.find((c) => `${marker}Command` in c.sdk) : candidates[0])?.sdk;
}

function sdkFailure(ports: IntegrationPorts, service: SdkService, error: unknown): unknown {
  // No answer at all is the SDK client's own exception, not the service's.
  if (error instanceof ConnectionError) {
    return new StateError(
      `${service.exceptionPrefix}.SdkClientException`,
      `Unable to execute HTTP request: ${error.message}`,
    );
  }
  if (!(error instanceof AwsError)) return error;
  const requestId = ports.world.random.for('states:requests').uuid();
  return new StateError(sdkErrorName(error, service, sdkOf(ports, service)), sdkErrorCause(error, service, requestId));
}

function operationOf(action: string): string {
  return upperFirst(action);
}

function withoutMetadata(output: unknown): unknown {
  if (!isObject(output)) return output ?? {};
  const { $metadata: _metadata, ...rest } = output;
  return rest;
}

function recase(value: Json, change: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => recase(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [change(key), recase(member, change)]));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
