import { createHmac } from 'node:crypto';
import type { ConfigMap, Secret } from '../api/objects.ts';
import type { ControllerContext } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

const PREFIX = 'bootstrap-token-';

function field(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

/** The detached JWS over cluster-info's kubeconfig by which a joining node knows that the cluster knows its token. */
export function signClusterInfo(kubeconfig: string, tokenId: string, tokenSecret: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: tokenId })).toString('base64url');
  const payload = Buffer.from(kubeconfig).toString('base64url');
  const signature = createHmac('sha256', tokenSecret).update(`${header}.${payload}`).digest('base64url');
  return `${header}..${signature}`;
}

/** The controllers bootstrapsigner and tokencleaner: sign cluster-info for every usable token, remove expired ones. */
export class BootstrapTokenControllers {
  readonly #context: ControllerContext;
  readonly #signer: WorkQueue;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#signer = new WorkQueue(context.world, 'bootstrapsigner', 80, () => this.#sign());
    context.store.listen('secrets', ({ type, object }) => {
      const { namespace, name } = object.metadata;
      if (namespace !== 'kube-system' || !name.startsWith(PREFIX)) return;
      this.#signer.add('cluster-info');
      if (type !== 'DELETED') this.#cleanAtExpiry(object as Secret);
    });
    context.store.listen('configmaps', ({ type, object }) => {
      const { namespace, name } = object.metadata;
      if (type === 'ADDED' && namespace === 'kube-public' && name === 'cluster-info') this.#signer.add(name);
    });
  }

  #cleanAtExpiry(secret: Secret): void {
    const { name, uid } = secret.metadata;
    const expiration = Date.parse(field(secret, 'expiration'));
    if (Number.isNaN(expiration)) return;
    const { world, store, log } = this.#context;
    world.afterInBackground(expiration - world.now(), `tokencleaner ${name}`, () => {
      const current = store.find<Secret>('secrets', name, 'kube-system');
      if (!current || current.metadata.uid !== uid) return;
      if (Date.parse(field(current, 'expiration')) > world.now()) return;
      store.remove('secrets', name, 'kube-system');
      log('BootstrapTokenExpired', { token: name.slice(PREFIX.length) });
    });
  }

  #sign(): void {
    const { store } = this.#context;
    const info = store.find<ConfigMap>('configmaps', 'cluster-info', 'kube-public');
    const kubeconfig = info?.data?.kubeconfig;
    if (kubeconfig === undefined) return;
    const signatures = this.#signingTokens().map((secret) => {
      const id = field(secret, 'token-id');
      return [`jws-kubeconfig-${id}`, signClusterInfo(kubeconfig, id, field(secret, 'token-secret'))];
    });
    const data = { kubeconfig, ...Object.fromEntries(signatures) };
    if (JSON.stringify(data) === JSON.stringify(info?.data)) return;
    store.change<ConfigMap>('configmaps', 'cluster-info', 'kube-public', (draft) => {
      draft.data = data;
    });
  }

  #signingTokens(): Secret[] {
    const { store, world } = this.#context;
    return store.list<Secret>('secrets', 'kube-system').filter((secret) => {
      if (secret.type !== 'bootstrap.kubernetes.io/token') return false;
      const expiration = field(secret, 'expiration');
      const expired = expiration !== '' && Date.parse(expiration) <= world.now();
      return !expired && field(secret, 'usage-bootstrap-signing') === 'true';
    });
  }
}
