import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { restoreParameterName, snapshotKey } from '../etcd/names.ts';
import type { SnapshotDoor } from '../etcd/restore-ports.ts';
import { instanceArnTag } from '../nodes/names.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

/** From the moment on that a command is sent: its delivery takes up to a minute and a half, and a download begins at once. */
const GOOD_FOR_SECONDS = 900;

/**
 * Lets one node read one snapshot for a quarter of an hour: a presigned GET in a SecureString that only this instance may read (S41), so that
 * it stands in no command, no history and no log, and no node has any right to the bucket (docs/adr/0011).
 */
export function signedSnapshots(
  place: { readonly home: AwsAccess; readonly bucket: string },
  nodes: { readonly aws: AwsAccess; readonly keyId: string },
  now: () => Date,
): SnapshotDoor {
  const ssm = nodes.aws.client(SSMClient);
  const close = async (cluster: string, instanceId: string) => {
    const command = new DeleteParameterCommand({ Name: restoreParameterName(cluster, instanceId) });
    await awsCallUnless(['ParameterNotFound'], ssm.send(command));
  };
  return {
    close,
    async open({ cluster, id }, { instanceId, arn }) {
      // Anew: the address of an attempt that died may have run out, and tags are only taken at creation.
      await close(cluster, instanceId);
      const name = restoreParameterName(cluster, instanceId);
      const command = new PutParameterCommand({
        Name: name,
        Value: await addressOf(place.home, place.bucket, snapshotKey(cluster, id, 'snapshot'), now()),
        Type: 'SecureString',
        Tier: 'Standard',
        KeyId: nodes.keyId,
        Tags: [{ Key: instanceArnTag, Value: arn }],
      });
      await awsCall(ssm.send(command));
      return name;
    },
  };
}

async function addressOf(aws: AwsAccess, bucket: string, key: string, now: Date): Promise<string> {
  const signer = new SignatureV4({
    credentials: await aws.credentials(),
    region: aws.region,
    service: 's3',
    sha256: Sha256,
    // A key of S3 is in its path as it is.
    uriEscapePath: false,
  });
  const suffix = aws.region.startsWith('cn-') ? '.cn' : '';
  const hostname = `${bucket}.s3.${aws.region}.amazonaws.com${suffix}`;
  const request = { method: 'GET', protocol: 'https:', hostname, path: `/${key}`, headers: { host: hostname } };
  const presigned = await signer.presign(request, { expiresIn: GOOD_FOR_SECONDS, signingDate: now });
  const query = Object.entries(presigned.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `https://${hostname}/${key}?${query.join('&')}`;
}
