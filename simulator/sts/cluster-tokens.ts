import { AwsError } from '../cloud/service.ts';
import type { Credentials } from '../iam/credentials.ts';
import type { World } from '../world/world.ts';
import { presignedUrlOf, verifyPresignedIdentity } from './presigned-identity.ts';

/** The header that binds a token to one cluster. */
const CLUSTER_ID_HEADER = 'x-k8s-aws-id';
/** Seconds that X-Amz-Expires may name at most. */
const LONGEST_EXPIRY = 900;

/**
 * Makes what a cluster asks when it trusts IAM: whose presigned GetCallerIdentity request a bearer token is.
 *
 * As aws-iam-authenticator does: the cluster's id must be a signed header, X-Amz-Expires at most 15 minutes, and STS has to accept the
 * signature. Gives undefined for every other token.
 * Rule: https://github.com/kubernetes-sigs/aws-iam-authenticator, pkg/token (S42).
 */
export function clusterTokenCheck(
  world: World,
  credentials: Credentials,
): (token: string, clusterId: string) => { readonly arn: string } | undefined {
  return (token, clusterId) => {
    const url = presignedUrlOf(token);
    if (url === undefined || !expiresInTime(url)) return undefined;
    try {
      const headers = { [CLUSTER_ID_HEADER]: clusterId };
      const { caller, signedHeaders } = verifyPresignedIdentity(credentials, url, headers, world.now());
      return signedHeaders.includes(CLUSTER_ID_HEADER) ? { arn: caller.arn } : undefined;
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  };
}

function expiresInTime(url: string): boolean {
  const text = URL.canParse(url) ? (new URL(url).searchParams.get('X-Amz-Expires') ?? '') : '';
  return /^\d+$/.test(text) && Number(text) <= LONGEST_EXPIRY;
}
