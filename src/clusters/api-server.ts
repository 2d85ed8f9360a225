import * as z from 'zod/mini';
import { accessRole } from './access-role.ts';
import { arn } from './arn.ts';

/** EKS has letters, digits, hyphens and underscores, at most 100; kOps a DNS name. With `kubernetes.io/cluster/` before it, a tag's key has 128 at most. */
const KUBERNETES_NAME = /^[A-Za-z0-9][\w.-]{0,105}$/;
const text = (whatFor: string) => z.string().check(z.minLength(1), z.describe(whatFor));

const Auth = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('token'),
    secretArn: arn('secretsmanager').check(z.describe('Secret that holds a bearer token, plain or as {"token": "…"}.')),
  }),
  z.strictObject({
    kind: z.literal('kubeconfig'),
    secretArn: arn('secretsmanager').check(z.describe('Secret that holds a kubeconfig; its current context is used.')),
  }),
  z.strictObject({
    kind: z.literal('iam'),
    clusterId: text('What the cluster calls itself to aws-iam-authenticator; on EKS the name of the cluster.'),
    roleArn: z.optional(
      accessRole().check(
        z.describe(
          'Role to be towards the API server; its name begins with tender-access-. Default: aws.roleArn. One of the two is needed.',
        ),
      ),
    ),
  }),
]);

/** How the API server is reached, as whom, and what the cluster calls itself. */
export const ApiServer = z.strictObject({
  endpoint: z
    .url({ protocol: /^https$/, error: 'must be an https URL' })
    .check(z.describe('URL of the API server as the functions reach it, https://api.example.com:6443.')),
  certificateAuthority: z
    .string()
    .check(
      z.refine(isCertificate, 'must be a certificate in PEM, plain or base64'),
      z.describe(
        'Certificate of the authority that signed the API server’s certificate: PEM, or PEM in base64 as kubeconfigs have it.',
      ),
    ),
  auth: Auth,
  clusterName: z.optional(
    z
      .string()
      .check(
        z.regex(KUBERNETES_NAME, 'must begin with a letter or digit, and have at most 106 of A-Z a-z 0-9 - _ .'),
        z.describe(
          'What the cluster calls itself where that cannot be its name here: the value of the tag elbv2.k8s.aws/cluster, and the end of kubernetes.io/cluster/…; with kOps a DNS name. Default: auth.clusterId where there is one, and name.',
        ),
      ),
  ),
  tlsServerName: z.optional(
    text('Name to expect in the API server’s certificate when it differs from the endpoint’s host.'),
  ),
});

/** The certificate as PEM text, from PEM or base64 of PEM; undefined when it is neither. */
export function pemOf(certificate: string): string | undefined {
  if (certificate.includes('-----BEGIN CERTIFICATE-----')) return certificate;
  const decoded = Buffer.from(certificate, 'base64').toString('utf8');
  return decoded.includes('-----BEGIN CERTIFICATE-----') ? decoded : undefined;
}

function isCertificate(certificate: string): boolean {
  return pemOf(certificate) !== undefined;
}
