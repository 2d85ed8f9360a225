import { AwsError } from '../cloud/service.ts';

/** A template that CloudFormation refuses before it creates anything: `ValidationError`, as its API answers. */
export function templateError(message: string): AwsError {
  return new AwsError('ValidationError', message, { status: 400 });
}
