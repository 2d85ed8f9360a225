import { Dispatcher } from '../../simulator/cloud/dispatcher.ts';
import type { Service } from '../../simulator/cloud/service.ts';
import { Authorizer } from '../../simulator/iam/authorizer.ts';
import { Credentials, roleSession } from '../../simulator/iam/credentials.ts';
import type { PolicyStatement } from '../../simulator/iam/policy.ts';
import { Roles } from '../../simulator/iam/roles.ts';
import { Keys } from '../../simulator/kms/keys.ts';
import { AwsFront } from '../../simulator/wire/aws-front.ts';
import type { RequestOrigin } from '../../simulator/wire/http.ts';
import { World } from '../../simulator/world/world.ts';
import { inProcessHandler } from './in-process-handler.ts';

/** The account of all worlds made here. */
export const account = '111111111111';
/** The region of all worlds made here. */
export const region = 'us-east-1';

/** An AWS front with what all services stand on, and settings for real SDK clients that talk to it without a socket. */
export function awsWorld(...services: Service[]) {
  const world = new World({ seed: 1 });
  const roles = new Roles(world, account);
  const authorizer = new Authorizer(world, roles);
  const credentials = new Credentials(world, account);
  const dispatcher = new Dispatcher({ world, region, account, authorizer });
  const keys = new Keys({ world, region, account, authorizer });
  for (const service of services) dispatcher.register(service);
  const front = new AwsFront(dispatcher, credentials);
  const clientAs = (
    keyPair: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
    origin?: RequestOrigin,
  ) => ({
    region,
    credentials: keyPair,
    requestHandler: inProcessHandler(front, origin),
    maxAttempts: 1,
  });
  return {
    world,
    roles,
    authorizer,
    credentials,
    dispatcher,
    keys,
    front,
    /** Settings of a client that the operator uses. */
    client: clientAs({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'x' }),
    /** Makes a role with these statements, and settings of a client in a session of it. */
    clientOf: (roleName: string, statements: readonly PolicyStatement[], origin?: RequestOrigin) => {
      roles.createRole({ name: roleName, trust: { Statement: [] }, inline: { own: { Statement: statements } } });
      return clientAs(credentials.issue(roleSession(account, roleName, 'session')), origin);
    },
  };
}
