import type { FaultScenario } from '../scenarios/fault-scenario.ts';
import { rehearse } from '../scenarios/scenario.ts';

/** A control plane of one whose entry says where etcd's certificates are; nobody answers for etcd. */
export function rehearseDescribedEtcd(): Promise<FaultScenario> {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf';
  return rehearse({ schedules: false, controlPlane: 1, ready: true, workers: 0, entry: { etcd: { secretArn } } });
}
