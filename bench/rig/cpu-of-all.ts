import type { EtcdCluster } from '../../test/support/etcd/etcd-cluster.ts';
import { cpuSecondsOf } from './child-cpu.ts';
import type { ProgramFigures } from './measured-program.ts';
import type { S3Process } from './s3-process.ts';

/** What the others on the machine took while a program ran. */
export interface Alongside {
  readonly etcdCpuSeconds: number;
  readonly s3CpuSeconds: number;
}

/** Runs a program, and counts what etcd and S3 take of the same cores meanwhile. */
export async function withCpuOfAll<T extends ProgramFigures>(
  etcd: EtcdCluster,
  s3: S3Process,
  program: () => Promise<T>,
): Promise<T & Alongside> {
  const before = { etcd: cpuOf(etcd), s3: await s3.cpuSeconds() };
  const figures = await program();
  return {
    ...figures,
    etcdCpuSeconds: cpuOf(etcd) - before.etcd,
    s3CpuSeconds: (await s3.cpuSeconds()) - before.s3,
  };
}

function cpuOf(etcd: EtcdCluster): number {
  const pid = etcd.pidOf();
  return pid === undefined ? 0 : cpuSecondsOf(pid);
}
