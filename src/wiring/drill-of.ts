import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3ProofStore } from '../aws/s3-proof-store.ts';
import { EtcdEndpoint } from '../etcd-client/etcd-endpoint.ts';
import { everyKind } from '../kubernetes/every-kind.ts';
import { LocalApiServerClient } from '../kubernetes/local-api-server.ts';
import { type LocalApiServer, LocalDrillGround } from '../processes/drill-ground.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws } from './registered-cluster.ts';

/**
 * The proofs of this deployment. Does no I/O.
 * @throws SettingMissing
 */
export function proofStoreOf(environment: Environment) {
  return s3ProofStore(homeAws(environment), setting(environment, 'SNAPSHOT_BUCKET'));
}

/** Where a drill works on this machine, with the programs in its PATH. Does no I/O. */
export function drillGroundOf(
  environment: Environment,
  directory = join(tmpdir(), 'drill'),
  startsWithinMs?: number,
): LocalDrillGround {
  return new LocalDrillGround({
    directory,
    startsWithinMs,
    path: environment.PATH ?? '',
    connectEtcd: (url) => new EtcdEndpoint({ url }),
    connectKubernetes,
  });
}

function connectKubernetes(server: LocalApiServer) {
  const api = new LocalApiServerClient(server);
  const kubernetes = everyKind(api, sleep);
  return { ready: kubernetes.ready, kubernetes, close: () => api.close() };
}
