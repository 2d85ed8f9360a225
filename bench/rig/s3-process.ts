import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

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
  const child = fork(resolve(import.meta.dirname, 's3-over-tls.ts'), { stdio: ['ignore', 2, 2, 'ipc'] });
  const asked = async (request: EndpointRequest): Promise<unknown> => {
    const answered = once(child, 'message');
    child.send(request);
    return ((await answered) as unknown[])[0];
  };
  const { url, keyArn } = (await asked(certificate)) as { url: string; keyArn: string };
  return {
    url,
    keyArn,
    clear: async () => {
      await asked('clear');
    },
    stop: () => void child.kill(),
  };
}
