import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/**
 * The text of an object.
 *
 * @throws what {@link awsCall} throws; `NoSuchKey`
 */
export async function s3ObjectText(aws: AwsAccess, bucket: string, key: string): Promise<string> {
  const { Body } = await awsCall(aws.client(S3Client).send(new GetObjectCommand({ Bucket: bucket, Key: key })));
  return (await Body?.transformToString()) ?? '';
}
