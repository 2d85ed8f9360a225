import { resolve } from 'node:path';
import { startRigProcess } from './rig-process.ts';

/** What the process is asked: to listen with this certificate, to forget its objects, or how much CPU time it has taken. */
export type EndpointRequest = 'clear' | 'cpu' | { readonly key: string; readonly cert: string };

/** The key that snapshots are to be encrypted with; it is only a name here. */
export const KEY_ARN = 'arn:aws:kms:us-east-1:111111111111:key/00000000-0000-4000-8000-000000000000';

/** S3 over TLS in a process of its own, with the bucket `snapshots`. */
export interface S3Process {
  /** `https://127.0.0.1:40123` */
  readonly url: string;
  clear(): Promise<void>;
  /** Since it was started. */
  cpuSeconds(): Promise<number>;
  stop(): void;
}

/** Starts it; whoever calls stops it. */
export async function startS3(certificate: { readonly key: string; readonly cert: string }): Promise<S3Process> {
  const rig = startRigProcess(resolve(import.meta.dirname, 's3-over-tls.ts'));
  const { url } = await rig.ask<{ readonly url: string }>(certificate);
  return {
    url,
    clear: async () => {
      await rig.ask('clear');
    },
    cpuSeconds: () => rig.ask<number>('cpu'),
    stop: rig.stop,
  };
}
