import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCloudFormation } from '../../simulator/cloudformation/cloudformation-service.ts';
import { frontDoor } from '../../simulator/wire/front-door.ts';
import { listen } from '../../simulator/wire/http-server.ts';
import type { DemoCluster } from '../demo-cluster.ts';

/** The local cloud on real sockets. */
export interface Doors {
  /** What AWS_ENDPOINT_URL is to be. */
  readonly awsUrl: string;
  /** Path of a kubeconfig of an administrator; only its owner can read it. */
  readonly kubeconfig: string;
  /** Closes the sockets and removes the kubeconfig. Can be repeated. */
  close(): Promise<void>;
}

/**
 * Opens AWS on HTTP and the cluster's API server on HTTPS, both on 127.0.0.1 only.
 * @param port of the AWS socket; 0 is any free one.
 * @throws Error EADDRINUSE when somebody has the port.
 */
export async function openDoors(cluster: DemoCluster, port: number): Promise<Doors> {
  const { cloud } = cluster.deployment;
  // So that `npx serverless deploy` works against it, too.
  addCloudFormation(cloud);
  const aws = await listen({ endpoint: frontDoor(cloud.front, cloud.network), port });
  const { certificate, privateKey } = cluster.kubernetes.serverCertificate();
  const tls = { cert: certificate, key: privateKey, ca: cluster.kubernetes.caCertificate };
  const api = await listen({ endpoint: cluster.kubernetes, host: cluster.kubernetes.host, tls });
  const folder = mkdtempSync(join(tmpdir(), 'tender-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubernetes.adminKubeconfig(api.url), { mode: 0o600 });
  return {
    awsUrl: aws.url,
    kubeconfig,
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await Promise.all([aws.close(), api.close()]);
    },
  };
}

/** What to type to look around, as lines. */
export function directions({ awsUrl, kubeconfig }: Doors, stateMachineArn: string): string[] {
  // Version 1 of the AWS CLI does not read AWS_REGION; both read this one.
  const there = `AWS_ENDPOINT_URL=${awsUrl} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1`;
  const aws = `${there} aws`;
  return [
    'The local cloud stays up. Look around from another terminal:',
    `  ${there} npx tender node ls demo`,
    `  ${aws} autoscaling describe-auto-scaling-groups`,
    `  ${aws} stepfunctions list-executions --state-machine-arn ${stateMachineArn}`,
    `  KUBECONFIG=${kubeconfig} kubectl get nodes`,
    'Ctrl-C ends it and leaves nothing behind.',
  ];
}
