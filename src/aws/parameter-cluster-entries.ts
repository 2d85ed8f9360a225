import { GetParameterCommand, paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import type { ClusterEntries, EntryText } from '../clusters/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

const S3_ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/(\S+)$/;

/**
 * Registry entries in SSM parameters `<prefix>/<name>`. A parameter whose whole text is `s3://bucket/key` stands for that
 * object: a parameter holds 4 KiB (advanced 8), an object whatever it takes.
 *
 * @param prefix `/tender/clusters`, without a slash at its end
 */
export function parameterClusterEntries(aws: AwsAccess, prefix: string): ClusterEntries {
  const ssm = aws.client(SSMClient);
  return {
    async read(name) {
      const command = new GetParameterCommand({ Name: `${prefix}/${name}`, WithDecryption: true });
      const answer = await awsCallUnless(['ParameterNotFound'], ssm.send(command));
      const text = answer?.Parameter?.Value;
      return text === undefined ? undefined : textOf(aws, text);
    },
    async readAll() {
      const query = { Path: prefix, Recursive: false, WithDecryption: true };
      const pages = await allPages(paginateGetParametersByPath({ client: ssm }, query));
      const entries = pages
        .flatMap((page) => page.Parameters ?? [])
        .map(({ Name = '', Value = '' }) => entryOf(aws, Name.slice(prefix.length + 1), Value));
      return Promise.all(entries);
    },
  };
}

// Whatever is wrong with one object is that entry's problem; the others are looked after all the same.
async function entryOf(aws: AwsAccess, name: string, value: string): Promise<EntryText> {
  try {
    return { name, text: await textOf(aws, value) };
  } catch (error) {
    return { name, unreadable: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

// The client of S3 is loaded only when an entry lives there.
async function textOf(aws: AwsAccess, value: string): Promise<string> {
  const address = S3_ADDRESS.exec(value.trim());
  if (!address?.[1] || !address[2]) return value;
  const { s3ObjectText } = await import('./s3-object-text.ts');
  return s3ObjectText(aws, address[1], address[2]);
}
