import type { AwsError, Service } from '../cloud/service.ts';
import { modelOf } from '../wire/service-model.ts';
import type { SdkService } from './sdk-services.ts';

/**
 * The name by which Retry and Catch know an error of an aws-sdk task: the exception prefix and the class of the AWS SDK for
 * Java 2. An error that the service's model has is `Ssm.ParameterNotFoundException`; one that it has not (throttling of most
 * services, "No active Lifecycle Action found", every error of EC2) is the service's own, `AutoScaling.AutoScalingException`.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html (exception prefix); class names as in
 * https://sdk.amazonaws.com/java/api/latest/ : `Fault` and any other ending become `…Exception`.
 */
export function sdkErrorName(error: AwsError, { exceptionPrefix }: SdkService, service: Service): string {
  const modelled = modelOf(service).error(error.code);
  if (modelled === undefined) return `${exceptionPrefix}.${exceptionPrefix}Exception`;
  return `${exceptionPrefix}.${modelled.shapeName.replace(/(Exception|Fault)$/, '')}Exception`;
}

/** The cause of such an error: message, service, status and request, as the SDK for Java 2 prints it. */
export function sdkErrorCause(
  error: AwsError,
  { exceptionPrefix }: SdkService,
  service: Service,
  requestId: string,
): string {
  const status = error.status ?? modelOf(service).error(error.code)?.status ?? 400;
  const message = error.message || `Service returned error code ${error.code}`;
  const extended = exceptionPrefix === 'S3' ? `, Extended Request ID: ${requestId}` : '';
  return `${message} (Service: ${exceptionPrefix}, Status Code: ${status}, Request ID: ${requestId}${extended})`;
}
