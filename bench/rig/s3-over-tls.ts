// A process of its own: S3 of the local cloud over TLS, with one encrypted bucket, so that what a client burns can be told from what S3 does.
// From its parent it gets {key, cert}, and answers {url, keyArn}; for 'clear' it forgets all objects, and answers 'cleared'.

import { Buckets } from '../../simulator/s3/buckets.ts';
import { s3Service } from '../../simulator/s3/service.ts';
import { listen } from '../../simulator/wire/http-server.ts';
import { account, awsWorld } from '../../test/support/aws-world.ts';
import type { EndpointRequest } from './s3-process.ts';

const { world, keys, authorizer, dispatcher, front } = awsWorld();
const keyArn = keys.createKey({}).arn;
const buckets = new Buckets(world, account);
dispatcher.register(s3Service({ buckets, keys, authorizer }));
buckets.putBucket('snapshots', {});
const { versions } = buckets.get('snapshots');

process.on('message', (request: EndpointRequest) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: EndpointRequest): Promise<void> {
  if (request === 'clear') {
    versions.clear();
    process.send?.('cleared');
    return;
  }
  const { url } = await listen({ endpoint: front, tls: request });
  process.send?.({ url, keyArn });
}
