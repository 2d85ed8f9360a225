import { crc32 } from 'node:zlib';
import { parseSnapshotKey, snapshotKey } from '../../../src/etcd/names.ts';
import type { KeptObject, SnapshotRecord, SnapshotStore, SnapshotUpload } from '../../../src/etcd/ports.ts';

/** A store in memory, with everything that was done to it, and ways to make it fail. */
export class FakeSnapshotStore implements SnapshotStore {
  readonly objects = new Map<string, { bytes: Buffer; storedAt: Date; crc32: string; encryption: string }>();
  readonly records = new Map<string, SnapshotRecord>();
  readonly calls: string[] = [];
  /** Called for each part; what it throws fails it. */
  onPart: (number: number) => Promise<void> | void = () => {};
  /** What becomes of an object's bytes on their way back. */
  readBack: (bytes: Buffer) => Buffer = (bytes) => bytes;
  clock = new Date('2026-11-29T10:00:00Z');
  uploads = 0;

  async list(cluster: string): Promise<readonly KeptObject[]> {
    return [...this.objects.keys()].flatMap((key) => {
      const parsed = parseSnapshotKey(cluster, key);
      return parsed ? { ...parsed, storedAt: this.objects.get(key)?.storedAt ?? this.clock } : [];
    });
  }

  async begin(cluster: string, id: string): Promise<SnapshotUpload> {
    this.calls.push('begin');
    this.uploads += 1;
    const parts: Buffer[] = [];
    let underWay = 0;
    return {
      part: async (number, bytes) => {
        underWay += 1;
        this.calls.push(`part ${number}`);
        try {
          const copy = Buffer.from(bytes);
          await this.onPart(number);
          parts[number - 1] = copy;
        } finally {
          underWay -= 1;
        }
      },
      complete: async (checksum) => {
        const bytes = Buffer.concat(parts);
        this.calls.push('complete');
        if (checksumOf(bytes) !== checksum) throw new Error('BadDigest');
        this.uploads -= 1;
        this.put(snapshotKey(cluster, id, 'snapshot'), bytes);
      },
      abort: async () => {
        this.calls.push(underWay === 0 ? 'abort' : `abort with ${underWay} parts under way`);
        this.uploads -= 1;
      },
    };
  }

  async look(cluster: string, id: string) {
    const object = this.objects.get(snapshotKey(cluster, id, 'snapshot'));
    return object && { bytes: object.bytes.length, crc32: object.crc32, encryption: object.encryption };
  }

  async read(cluster: string, id: string, from: number, to: number): Promise<Uint8Array> {
    const object = this.objects.get(snapshotKey(cluster, id, 'snapshot'));
    return this.readBack(Buffer.from(object?.bytes ?? [])).subarray(from, to + 1);
  }

  async record(_: string, id: string) {
    return this.records.get(id);
  }

  async addRecord(record: SnapshotRecord): Promise<void> {
    this.records.set(record.id, record);
    this.put(snapshotKey(record.cluster, record.id, 'record'), Buffer.from('{}'));
  }

  async remove(cluster: string, id: string, kind: KeptObject['kind']): Promise<void> {
    this.calls.push(`remove ${kind} ${id}`);
    this.objects.delete(snapshotKey(cluster, id, kind));
  }

  async sendCanary(cluster: string): Promise<void> {
    this.calls.push(`send a canary in ${cluster}`);
  }

  async proveRemoval(cluster: string): Promise<void> {
    this.calls.push(`prove removal in ${cluster}`);
  }

  async abortUploads(_: string, before: Date): Promise<number> {
    this.calls.push(`abort uploads before ${before.toISOString()}`);
    return 0;
  }

  /** Stores an object as S3 would, at the store's own time. */
  put(key: string, bytes: Buffer): void {
    this.objects.set(key, { bytes, storedAt: this.clock, crc32: checksumOf(bytes), encryption: 'aws:kms' });
  }
}

function checksumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}
