// A process of its own: S3 of the local cloud over TLS, with one encrypted bucket, so that what a client burns can be told from what S3 does.
// From its parent it gets {key, cert}, and answers {url, keyArn}; for 'clear' it forgets all objects, and answers 'cleared'.

import { Dispatcher } from '../../simulator/cloud/dispatcher.ts';
import { Authorizer } from '../../simulator/iam/authorizer.ts';
import { Credentials } from '../../simulator/iam/credentials.ts';
import { Roles } from '../../simulator/iam/roles.ts';
import { Keys } from '../../simulator/kms/keys.ts';
import { Buckets } from '../../simulator/s3/buckets.ts';
import { s3Service } from '../../simulator/s3/service.ts';
import { AwsFront } from '../../simulator/wire/aws-front.ts';
import { listen } from '../../simulator/wire/http-server.ts';
import { World } from '../../simulator/world/world.ts';
import type { EndpointRequest } from './s3-process.ts';

const account = '111111111111';
const region = 'us-east-1';

const world = new World({ seed: 1 });
const roles = new Roles(world, account);
const authorizer = new Authorizer(world, roles);
const keys = new Keys({ world, region, account, authorizer });
const keyArn = keys.createKey({}).arn;
let front = withEmptyBucket();

process.on('message', (request: EndpointRequest) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: EndpointRequest): Promise<void> {
  if (request === 'clear') {
    front = withEmptyBucket();
    process.send?.('cleared');
    return;
  }
  const { url } = await listen({ endpoint: { handle: (...args) => front.handle(...args) }, tls: request });
  process.send?.({ url, keyArn });
}

function withEmptyBucket(): AwsFront {
  const dispatcher = new Dispatcher({ world, region, account, authorizer });
  const buckets = new Buckets(world, account);
  dispatcher.register(s3Service({ buckets, keys, authorizer }));
  buckets.putBucket('snapshots', {});
  return new AwsFront(dispatcher, new Credentials(world, account));
}
