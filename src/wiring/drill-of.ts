import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3DrillFailures } from '../aws/s3-drill-failures.ts';
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

/**
 * Where drills on Fargate leave what they failed with. Does no I/O.
 * @throws SettingMissing
 */
export function drillFailuresOf(environment: Environment) {
  return s3DrillFailures(homeAws(environment), setting(environment, 'STATE_BUCKET'));
}

/** As what drills run on Fargate; undefined where the stage has no image for them. */
export function drillTaskOf(environment: Environment) {
  const taskDefinition = environment.DRILL_TASK_DEFINITION;
  if (!taskDefinition) return undefined;
  return {
    taskDefinition,
    cluster: setting(environment, 'DRILL_CLUSTER'),
    subnets: idsIn(setting(environment, 'DRILL_SUBNET_IDS')),
    securityGroups: idsIn(setting(environment, 'DRILL_SECURITY_GROUP_IDS')),
  };
}

/** As the parameter is read where the stack is made: `subnet-a, subnet-b,` are two. */
function idsIn(text: string): string[] {
  return text
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);
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
