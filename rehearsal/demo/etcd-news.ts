import type { ExecutionRecord } from '../../simulator/stepfunctions/executions.ts';
import type { LocalDeployment } from '../local-deployment.ts';

interface Output {
  readonly outcome?: string;
  readonly id?: string;
  readonly member?: string;
  readonly seconds?: number;
  readonly bytes?: number;
  readonly revision?: number;
  readonly keys?: number;
  readonly liveHash?: string;
  readonly pki?: string;
}

/** What came of a workflow about etcd, for people, by its output. */
const TEXTS: Readonly<Record<string, (output: Output) => string>> = {
  'pki-backup': ({ outcome }) => `the cluster's PKI: ${outcome}, encrypted on its node for a key of KMS`,
  'etcd-snapshot': ({ outcome, id }) =>
    `etcd's snapshot ${id}: ${outcome}; it is in S3, and what lies there is what etcd sent`,
  'etcd-drill': ({ outcome, id, keys, liveHash, pki }) =>
    `etcd's snapshot ${id}: ${outcome}; restored, it has ${keys} keys, with the members' own hash: ${liveHash}; PKI ${pki} fits`,
  'etcd-member-replace': () => 'another member of etcd votes in its place',
};

/** Tells each end of a workflow about etcd once. */
export class EtcdNews {
  readonly #deployment: LocalDeployment;
  readonly #told = new Set<string>();

  constructor(deployment: LocalDeployment) {
    this.#deployment = deployment;
  }

  /** What has ended since somebody asked last, one sentence each. */
  latest(): string[] {
    return Object.entries(TEXTS).flatMap(([workflow, text]) =>
      this.#deployment
        .executions(workflow)
        .filter(({ arn, run }) => run.outcome?.status === 'SUCCEEDED' && !this.#told.has(arn))
        .map((execution) => this.#tell(execution, text)),
    );
  }

  #tell(execution: ExecutionRecord, text: (output: Output) => string): string {
    this.#told.add(execution.arn);
    const outcome = execution.run.outcome;
    return text(JSON.parse((outcome?.status === 'SUCCEEDED' && outcome.output) || '{}') as Output);
  }
}
