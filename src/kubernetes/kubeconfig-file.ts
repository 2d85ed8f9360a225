import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesCredential, KubernetesEndpoint } from '../clusters/ports.ts';
import { UnusableKubeconfig } from './errors.ts';

/** A cluster as a kubeconfig knows it, and who its user is there. */
export interface KubeconfigContext {
  readonly endpoint: KubernetesEndpoint;
  credential(): Promise<KubernetesCredential>;
}

/**
 * Reads a context of a kubeconfig on this machine; plugins and files are fine here.
 * @throws UnusableKubeconfig
 */
export function kubeconfigContext(file: string, context: string | undefined): KubeconfigContext {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw new UnusableKubeconfig(
      file,
      error instanceof Error && 'code' in error ? `cannot be read: ${error.code}` : 'is no kubeconfig',
    );
  }
  if (context !== undefined) {
    const there = config.getContexts().map(({ name }) => name);
    if (!there.includes(context))
      throw new UnusableKubeconfig(file, `has no context ${context}; there are: ${there.join(', ')}`);
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new UnusableKubeconfig(file, 'has no current context; name one with --context');
  const authority = cluster.caData
    ? Buffer.from(cluster.caData, 'base64').toString('utf8')
    : cluster.caFile && readFileSync(cluster.caFile, 'utf8');
  if (!authority)
    throw new UnusableKubeconfig(
      file,
      'does not say which authority signs for the API server (certificate-authority-data)',
    );
  return {
    endpoint: {
      endpoint: cluster.server,
      certificateAuthority: authority,
      ...(cluster.tlsServerName !== undefined && { tlsServerName: cluster.tlsServerName }),
    },
    credential: () => credentialOf(config),
  };
}

async function credentialOf(config: KubeConfig): Promise<KubernetesCredential> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = options.headers as Readonly<Record<string, string>> | undefined;
  const token = /^Bearer (.+)$/.exec(headers?.Authorization ?? '')?.[1];
  const [certificate, key] = [options.cert, options.key].map((one) => (one === undefined ? undefined : String(one)));
  return {
    ...(token !== undefined && { token }),
    ...(certificate !== undefined && key !== undefined && { clientCertificate: { certificate, key } }),
  };
}
