import { CoreV1Api } from '@kubernetes/client-node';
import type { BootstrapTokens } from '../nodes/ports.ts';
import { kubernetesCallUnless } from './errors.ts';
import type { KubernetesConnection } from './open-cluster.ts';

const NAMESPACE = 'kube-system';

/** The bootstrap tokens of a cluster. Writes and deletes them; Tender's identity may not read Secrets. */
export function kubernetesBootstrapTokens(connection: KubernetesConnection): BootstrapTokens {
  const core = connection.api(CoreV1Api);
  return {
    async create(token) {
      // Form: kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens. Signing too: kubeadm believes the
      // cluster-info that it finds only when it is signed with the token.
      const body = {
        metadata: { name: secretName(token.id), namespace: NAMESPACE },
        type: 'bootstrap.kubernetes.io/token',
        stringData: {
          'token-id': token.id,
          'token-secret': token.secret,
          description: token.description,
          expiration: token.expiresAt.replace(/\.\d+Z$/, 'Z'),
          'usage-bootstrap-authentication': 'true',
          'usage-bootstrap-signing': 'true',
          'auth-extra-groups': token.group,
        },
      };
      const created = await kubernetesCallUnless([409], core.createNamespacedSecret({ namespace: NAMESPACE, body }));
      return created ? 'created' : 'exists';
    },
    async delete(id) {
      await kubernetesCallUnless([404], core.deleteNamespacedSecret({ namespace: NAMESPACE, name: secretName(id) }));
    },
  };
}

function secretName(id: string): string {
  return `bootstrap-token-${id}`;
}
