import { type Access, AwsError } from '../cloud/service.ts';
import type { PolicyDocument } from './policy.ts';
import type { Roles } from './roles.ts';

/** The access to one role that an operation needs. */
export function onRole(roles: Roles, action: string) {
  return (input: { readonly RoleName?: string | undefined }, call: { readonly account: string }): Access[] => {
    const name = input.RoleName ?? '';
    const resource = roles.find(name)?.arn ?? `arn:aws:iam::${call.account}:role/${name}`;
    return [{ action: `iam:${action}`, resource }];
  };
}

/** The access to one managed policy that an operation needs. */
export function onPolicy(action: string) {
  return (input: { readonly PolicyArn?: string | undefined }): Access[] => [
    { action: `iam:${action}`, resource: input.PolicyArn ?? '*' },
  ];
}

/** The access to one instance profile that an operation needs. */
export function onProfile(action: string) {
  return (
    input: { readonly InstanceProfileName?: string | undefined },
    call: { readonly account: string },
  ): Access[] => [
    { action: `iam:${action}`, resource: `arn:aws:iam::${call.account}:instance-profile/${input.InstanceProfileName}` },
  ];
}

/** A policy document out of its text. @throws AwsError MalformedPolicyDocument. */
export function parseDocument(text: string | undefined): PolicyDocument {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
}

/** What must be given. @throws AwsError ValidationError. */
export function required(value: string | undefined, member: string): string {
  if (value !== undefined && value !== '') return value;
  const message = `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`;
  throw new AwsError('ValidationError', message);
}
