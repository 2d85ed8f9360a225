import { resolve } from 'node:path';
import { startRigProcess } from './rig-process.ts';

/** What the process is asked: to listen with this certificate, or to forget its objects. */
export type EndpointRequest = 'clear' | { readonly key: string; readonly cert: string };

/** S3 over TLS in a process of its own, with the bucket `snapshots`. */
export interface S3Process {
  /** `https://127.0.0.1:40123` */
  readonly url: string;
  readonly keyArn: string;
  clear(): Promise<void>;
  stop(): void;
}

/** Starts it; whoever calls stops it. */
export async function startS3(certificate: { readonly key: string; readonly cert: string }): Promise<S3Process> {
  const rig = startRigProcess(resolve(import.meta.dirname, 's3-over-tls.ts'));
  const { url, keyArn } = await rig.ask<{ readonly url: string; readonly keyArn: string }>(certificate);
  return {
    url,
    keyArn,
    clear: async () => {
      await rig.ask('clear');
    },
    stop: rig.stop,
  };
}
