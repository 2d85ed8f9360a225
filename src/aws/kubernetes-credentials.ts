import type { KubernetesAuth, KubernetesCredential } from '../clusters/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';
import { iamToken } from './iam-token.ts';
import { kubeconfigCredential, tokenCredential } from './kubernetes-secret.ts';
import { secretText } from './secret-text.ts';

/** An IAM token is honoured for 15 minutes; a fresh one is made after 14 (S42). */
const IAM_TOKEN_MS = 14 * 60_000;

/**
 * Gets a cluster's Kubernetes credential by the way its registry entry names. Each call reads it anew: whoever connects
 * keeps it, and asks again when it ends or is refused.
 *
 * The returned function throws SecretUnusable, and what {@link awsCall} throws.
 */
export function kubernetesCredentials(
  auth: KubernetesAuth,
  aws: AwsAccess,
): (now: Date) => Promise<KubernetesCredential> {
  switch (auth.kind) {
    case 'token':
      return async () => tokenCredential(auth.secretArn, await secretText(aws, auth.secretArn));
    case 'kubeconfig':
      return async () => kubeconfigCredential(auth.secretArn, await secretText(aws, auth.secretArn));
    case 'iam': {
      const signer = auth.roleArn === undefined ? aws : aws.assuming(auth.roleArn);
      return async (now) => ({
        token: await awsCall(iamToken(signer, auth.clusterId, now)),
        goodUntil: new Date(now.getTime() + IAM_TOKEN_MS),
      });
    }
  }
}
