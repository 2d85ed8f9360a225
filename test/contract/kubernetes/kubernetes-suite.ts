import { afterAll, beforeAll, describe } from 'vitest';
import type { ContractTarget } from '../../support/kubernetes/contract-target.ts';
import { slowTargetMs } from '../../support/kubernetes/eventually.ts';
import { prepareCluster } from '../../support/kubernetes/prepare-cluster.ts';
import { describeAccess } from './suites/access.ts';
import { describeBootstrapTokens } from './suites/bootstrap-tokens.ts';
import { describeCertificates } from './suites/certificates.ts';
import { describeLeaving } from './suites/leaving.ts';
import { describeNodes } from './suites/nodes.ts';
import { describeTables } from './suites/tables.ts';
import { describeWatch } from './suites/watch.ts';
import { describeWorkloads } from './suites/workloads.ts';

/** Starts one API server and runs the whole suite against it. What is expected is the same for every target. */
export function describeKubernetesContract(name: string, start: () => Promise<ContractTarget>): void {
  describe(`Kubernetes API: ${name}`, { timeout: slowTargetMs }, () => {
    let started: ContractTarget | undefined;
    const target = (): ContractTarget => {
      if (started === undefined) throw new Error('the target has not been started');
      return started;
    };

    beforeAll(async () => {
      started = await start();
      await prepareCluster(started);
    }, slowTargetMs);

    afterAll(async () => {
      await started?.stop();
    });

    describeAccess(target);
    describeNodes(target);
    describeWorkloads(target);
    describeLeaving(target);
    describeTables(target);
    describeBootstrapTokens(target);
    describeCertificates(target);
    describeWatch(target);
  });
}
