import { AwsError, type Service } from '../cloud/service.ts';
import { ConnectionError } from '../wire/http.ts';
import { modelOf } from '../wire/service-model.ts';
import { type IntegrationPorts, roleCaller } from './integration-ports.ts';
import { isObject, toJson } from './json.ts';
import { toCamelCase, toPascalCase } from './recase.ts';
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
  const name = resourceType.slice(sdkPrefix.length);
  const naming = sdkServices[name] ?? { exceptionPrefix: name };
  const operation = upperFirst(action);
  return {
    call: async (args, origin) => {
      const caller = roleCaller(origin.roleArn, ports.account, origin.executionName);
      const input = naming.camelCase ? toCamelCase(args) : args;
      try {
        // By the name in the resource, not the IAM prefix: it tells the two load balancing APIs apart.
        const output = await ports.calls.call(name, operation, input, caller);
        const json = toJson(withoutMetadata(output)) ?? {};
        return { response: naming.camelCase ? toPascalCase(json) : json };
      } catch (error) {
        throw sdkFailure(ports, name, naming, error);
      }
    },
  };
}

/** Why such a task cannot run here, or undefined: the service or its action is unknown, or not simulated. */
export function sdkRefusal(ports: IntegrationPorts, resourceType: string, action: string): string | undefined {
  const name = resourceType.slice(sdkPrefix.length);
  const service = serviceOf(ports, name);
  if (!service || !sdkServices[name]) return `the local cloud has no service '${name}'`;
  const operation = upperFirst(action);
  if (action === operation || !(`${operation}Command` in service.sdk))
    return `'${action}' is not an API action of ${name}`;
  return service.operations[operation] ? undefined : `the local cloud does not simulate '${name}:${action}'`;
}

function serviceOf(ports: IntegrationPorts, name: string): Service | undefined {
  return ports.services().find((service) => modelOf(service).integrationName === name);
}

function sdkFailure(ports: IntegrationPorts, name: string, naming: SdkService, error: unknown): unknown {
  // No answer at all is the SDK client's own exception, not the service's.
  if (error instanceof ConnectionError) {
    return new StateError(
      `${naming.exceptionPrefix}.SdkClientException`,
      `Unable to execute HTTP request: ${error.message}`,
    );
  }
  const service = serviceOf(ports, name);
  if (!(error instanceof AwsError) || !service) return error;
  const requestId = ports.world.random.for('states:requests').uuid();
  return new StateError(sdkErrorName(error, naming, service), sdkErrorCause(error, naming, service, requestId));
}

function withoutMetadata(output: unknown): unknown {
  if (!isObject(output)) return output ?? {};
  const { $metadata: _metadata, ...rest } = output;
  return rest;
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
