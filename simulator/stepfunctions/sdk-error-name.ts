import type { AwsError, Service } from '../cloud/service.ts';
import type { SdkService } from './sdk-services.ts';

/**
 * The name by which Retry and Catch know an error of an aws-sdk task: the exception prefix and the class of the AWS SDK for
 * Java 2. An error that the service's model has is `Ssm.ParameterNotFoundException`; one that it has not (throttling, "No
 * active Lifecycle Action found", every error of EC2) is the service's own, `AutoScaling.AutoScalingException`.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html (exception prefix); class names as in
 * https://sdk.amazonaws.com/java/api/latest/ : `Fault` and no ending become `Exception`.
 */
export function sdkErrorName(error: AwsError, service: SdkService, sdk: Service['sdk'] | undefined): string {
  const modelled =
    sdk && [error.code, `${error.code}Exception`, `${error.code}Fault`].find((name) => isErrorClass(sdk[name]));
  if (modelled === undefined) return `${service.exceptionPrefix}.${service.exceptionPrefix}Exception`;
  return `${service.exceptionPrefix}.${modelled.replace(/(Exception|Fault)$/, '')}Exception`;
}

function isErrorClass(candidate: unknown): boolean {
  return typeof candidate === 'function' && candidate.prototype instanceof Error;
}

/** The cause of such an error: message, service, status and request, as SDK for Java 2 prints it. */
export function sdkErrorCause(error: AwsError, service: SdkService, requestId: string): string {
  return `${error.message} (Service: ${service.exceptionPrefix}, Status Code: ${error.status ?? 400}, Request ID: ${requestId})`;
}
