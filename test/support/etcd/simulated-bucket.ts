import { currentVersion } from '../../../simulator/s3/bucket.ts';
import { Buckets } from '../../../simulator/s3/buckets.ts';
import { s3Service } from '../../../simulator/s3/service.ts';
import type { AwsAccess } from '../../../src/aws/aws-access.ts';
import { s3SnapshotStore } from '../../../src/aws/s3-snapshot-store.ts';
import { account, awsWorld, region } from '../aws-world.ts';

/** A request to S3: what it does, and for a part its number. */
interface Request {
  readonly kind: 'begin' | 'part' | 'complete' | 'abort' | 'other';
  readonly part: number;
}

/** Called before a request reaches S3, or before its answer comes back; what it throws is what the client sees. */
type Interfere = (request: Request) => Promise<void> | void;

/** A bucket of the local cloud, encrypted by KMS, with Tender's store on it. */
export function simulatedBucket() {
  const cloud = awsWorld();
  const buckets = new Buckets(cloud.world, account);
  cloud.dispatcher.register(s3Service({ buckets, keys: cloud.keys, authorizer: cloud.authorizer }));
  const key = cloud.keys.createKey({});
  buckets.putBucket('snapshots', { versioning: 'Enabled' });
  const bucket = buckets.get('snapshots');
  const faults: { before: Interfere; after: Interfere } = { before: () => {}, after: () => {} };
  const handler = {
    ...cloud.client.requestHandler,
    async handle(request: Parameters<typeof cloud.client.requestHandler.handle>[0]) {
      const { partNumber, uploadId, uploads } = request.query ?? {};
      const ofUpload = { PUT: 'part', POST: 'complete', DELETE: 'abort' } as const;
      const kind =
        uploads !== undefined && request.method === 'POST'
          ? 'begin'
          : uploadId === undefined
            ? 'other'
            : (ofUpload[request.method as keyof typeof ofUpload] ?? 'other');
      await faults.before({ kind, part: Number(partNumber ?? 0) });
      const answer = await cloud.client.requestHandler.handle(request);
      await faults.after({ kind, part: Number(partNumber ?? 0) });
      return answer;
    },
  };
  const clients = new Map<unknown, unknown>();
  const aws: AwsAccess = {
    region,
    credentials: async () => ({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'x' }),
    client: (Client) => {
      const settings = {
        ...cloud.client,
        requestHandler: handler,
        forcePathStyle: true,
        maxAttempts: 2,
        retryMode: 'standard',
      };
      const known = clients.get(Client) ?? new Client(settings as never);
      clients.set(Client, known);
      return known as InstanceType<typeof Client>;
    },
    assuming: () => aws,
  };
  return {
    world: cloud.world,
    store: s3SnapshotStore(aws, 'snapshots', key.arn),
    faults,
    /** Keys of what is there now. */
    keys: () => [...bucket.versions.keys()].filter((name) => currentVersion(bucket, name)).sort(),
    /** The bytes of an object. */
    body: (name: string) => currentVersion(bucket, name)?.body ?? new Uint8Array(),
    /** How many multipart uploads are open. */
    uploads: () => bucket.uploads.size,
  };
}
