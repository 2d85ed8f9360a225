import { randomBytes } from 'node:crypto';
import { GrpcChannel, type GrpcTarget } from '../../../src/etcd-client/grpc-channel.ts';
import { blob, message } from '../../../src/etcd-client/protobuf-message.ts';

const PutRequest = message({ key: blob(1), value: blob(2) });
const MiB = 1024 * 1024;

/** Writes to a real etcd, which Tender itself never does. */
export class EtcdWriter {
  readonly #channel: GrpcChannel;

  constructor(target: GrpcTarget) {
    this.#channel = new GrpcChannel(target);
  }

  async put(key: string, value: string | Uint8Array): Promise<void> {
    const request = PutRequest.encode({ key: Buffer.from(key), value: Buffer.from(value) });
    await this.#channel.call('/etcdserverpb.KV/Put', request, { timeoutMs: 20_000 });
  }

  /** Writes so many MiB in as many keys, all of it noise, so that what is compressed is as large. */
  async fill(mebibytes: number): Promise<void> {
    for (let index = 0; index < mebibytes; index += 1) await this.put(`/fill/${index}`, randomBytes(MiB));
  }

  close(): void {
    this.#channel.close();
  }
}
