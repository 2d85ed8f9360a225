import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsAccess } from './aws-access.ts';

/** The presigned request is good for this long, in seconds (S42). */
const PRESIGNED_SECONDS = 60;
const STS_API_VERSION = '2011-06-15';
const PREFIX = 'k8s-aws-v1.';

/**
 * A bearer token for an API server that trusts IAM, as aws-iam-authenticator and EKS accept it: a presigned
 * GetCallerIdentity request, bound to the cluster by a signed header. Honoured for 15 minutes (S42).
 *
 * Format: github.com/kubernetes-sigs/aws-iam-authenticator, "API Authorization from Outside a Cluster".
 */
export async function iamToken(aws: AwsAccess, clusterId: string, now: Date): Promise<string> {
  const signer = new SignatureV4({
    credentials: await aws.credentials(),
    region: aws.region,
    service: 'sts',
    sha256: Sha256,
  });
  const hostname = stsHost(aws.region);
  const presigned = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: { host: hostname, 'x-k8s-aws-id': clusterId },
      query: { Action: 'GetCallerIdentity', Version: STS_API_VERSION },
    },
    { expiresIn: PRESIGNED_SECONDS, signingDate: now },
  );
  const query = new URLSearchParams(
    Object.entries(presigned.query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
  );
  const url = `https://${hostname}/?${query.toString().replaceAll('+', '%20')}`;
  return PREFIX + Buffer.from(url).toString('base64url');
}

// China has a suffix of its own; GovCloud shares the common one (docs.aws.amazon.com/general/latest/gr/sts.html).
function stsHost(region: string): string {
  return `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
