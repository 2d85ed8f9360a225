import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsAccess } from './aws-access.ts';
import { AwsAccessDenied, AwsUnavailable } from './errors.ts';

/** Where the API server of an EKS cluster is. */
export interface EksCluster {
  readonly endpoint: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Asks EKS where the API server of a cluster is; undefined when there is no such cluster. One signed request rather than a client of EKS, which nothing
 * else would need.
 *
 * @param address of EKS's own API; default: the region's
 * @throws AwsAccessDenied, AwsUnavailable
 */
export async function eksCluster(aws: AwsAccess, name: string, address?: string): Promise<EksCluster | undefined> {
  const url = new URL(
    `/clusters/${encodeURIComponent(name)}`,
    address ?? `https://eks.${aws.region}.${domainOf(aws.region)}`,
  );
  const signer = new SignatureV4({
    credentials: await aws.credentials(),
    region: aws.region,
    service: 'eks',
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host },
    query: {},
  });
  const { host: _host, ...sent } = headers;
  const answer = await fetch(url, { headers: sent, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (error: unknown) => {
      throw new AwsUnavailable(`EKS cannot be reached at ${url.host}`, { cause: error });
    },
  );
  if (answer.status === 404) return undefined;
  if (answer.status === 403) throw new AwsAccessDenied(`AccessDenied: eks:DescribeCluster of ${name}`);
  if (!answer.ok) throw new AwsUnavailable(`EKS answered ${answer.status} when asked for cluster ${name}`);
  const { cluster } = (await answer.json()) as Described;
  const { endpoint, certificateAuthority } = cluster;
  // While it is being made it has neither.
  if (endpoint === undefined || certificateAuthority?.data === undefined) return undefined;
  return { endpoint, certificateAuthority: Buffer.from(certificateAuthority.data, 'base64').toString('utf8') };
}

/** docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html */
interface Described {
  readonly cluster: { readonly endpoint?: string; readonly certificateAuthority?: { readonly data?: string } };
}

function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
