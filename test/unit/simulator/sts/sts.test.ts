import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Hash } from '@smithy/core/serde';
import { HttpRequest } from '@smithy/core/transport';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { roleSession } from '../../../../simulator/iam/credentials.ts';
import type { PolicyStatement } from '../../../../simulator/iam/policy.ts';
import { clusterTokenCheck } from '../../../../simulator/sts/cluster-tokens.ts';
import { presignedUrlOf, verifyPresignedIdentity } from '../../../../simulator/sts/presigned-identity.ts';
import { stsService } from '../../../../simulator/sts/service.ts';
import { account, awsWorld } from '../../../support/aws-world.ts';

const foreign = '222222222222';

function stsWorld() {
  const cloud = awsWorld();
  cloud.dispatcher.register(stsService(cloud));
  return cloud;
}

function trusting(principal: string, condition?: PolicyStatement['Condition']) {
  return {
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: 'sts:AssumeRole',
      ...(condition ? { Condition: condition } : {}),
    },
  } as const;
}

describe('AssumeRole', () => {
  const mayAssume = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: `arn:aws:iam::${foreign}:role/target`,
  } as const;
  const condition = { StringEquals: { 'sts:ExternalId': 'tender-1' } };

  it('leads into another account, with the external id that the role asks for', async () => {
    const cloud = stsWorld();
    cloud.roles.createRole({
      name: 'target',
      account: foreign,
      trust: trusting(`arn:aws:iam::${account}:role/worker`, condition),
    });
    const sts = new STSClient(cloud.clientOf('worker', [mayAssume]));
    const request = { RoleArn: `arn:aws:iam::${foreign}:role/target`, RoleSessionName: 's' };

    const assumed = await sts.send(new AssumeRoleCommand({ ...request, ExternalId: 'tender-1' }));
    const {
      AccessKeyId: accessKeyId = '',
      SecretAccessKey: secretAccessKey = '',
      SessionToken: sessionToken = '',
    } = assumed.Credentials ?? {};
    const inside = new STSClient({ ...cloud.client, credentials: { accessKeyId, secretAccessKey, sessionToken } });
    const identity = await inside.send(new GetCallerIdentityCommand({}));

    expect(identity).toMatchObject({ Account: foreign, Arn: `arn:aws:sts::${foreign}:assumed-role/target/s` });
    expect(assumed.Credentials?.Expiration?.getTime()).toBe(cloud.world.now() + 3_600_000);
    await expect(sts.send(new AssumeRoleCommand(request))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:sts::${account}:assumed-role/worker/session is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${foreign}:role/target`,
    });
    await cloud.world.advance(3_600_000);
    await expect(inside.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it('needs the permission on both sides between accounts, and one within', async () => {
    const cloud = stsWorld();
    const sts = new STSClient(cloud.clientOf('worker', []));
    cloud.roles.createRole({
      name: 'target',
      account: foreign,
      trust: trusting(`arn:aws:iam::${account}:role/worker`),
    });
    cloud.roles.createRole({ name: 'near', trust: trusting(`arn:aws:iam::${account}:role/worker`) });
    cloud.roles.createRole({ name: 'delegating', trust: trusting(`arn:aws:iam::${account}:root`) });
    const assume = (RoleArn: string) => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 's' }));

    await expect(assume(`arn:aws:iam::${foreign}:role/target`)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(`arn:aws:iam::${account}:role/delegating`)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await assume(`arn:aws:iam::${account}:role/near`)).AssumedRoleUser?.Arn).toBe(
      `arn:aws:sts::${account}:assumed-role/near/s`,
    );
  });
});

const tokenOf = (url: string) => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;

describe('a presigned GetCallerIdentity', () => {
  async function presigned(
    changes: { signingDate?: Date; secretAccessKey?: string; expiresIn?: number; clusterId?: string | undefined } = {},
  ) {
    const { clusterId = 'demo' } = changes;
    const cloud = stsWorld();
    const session = roleSession(account, 'worker', 's');
    const issued = cloud.credentials.issue(session);
    const signer = new SignatureV4({
      service: 'sts',
      region: 'us-east-1',
      credentials: { ...issued, secretAccessKey: changes.secretAccessKey ?? issued.secretAccessKey },
      sha256: Hash.bind(null, 'sha256') as never,
    });
    const request = new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname: 'sts.us-east-1.amazonaws.com',
      path: '/',
      headers: { host: 'sts.us-east-1.amazonaws.com', ...(clusterId !== '' && { 'x-k8s-aws-id': clusterId }) },
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    });
    const signed = await signer.presign(request, {
      expiresIn: changes.expiresIn ?? 60,
      signingDate: changes.signingDate ?? cloud.world.date(),
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
    });
    const query = new URLSearchParams(signed.query as Record<string, string>);
    return { ...cloud, session, url: `https://${signed.hostname}/?${query.toString().replaceAll('+', '%20')}` };
  }

  it('proves who signed it, with the cluster among the signed headers', async () => {
    const { credentials, world, session, url } = await presigned();

    const identity = verifyPresignedIdentity(credentials, url, { 'x-k8s-aws-id': 'demo' }, world.now());

    expect(identity.caller).toEqual(session);
    expect(identity.signedHeaders).toContain('x-k8s-aws-id');
    expect(identity.expiresAt).toBe(world.now() + 900_000);
  });

  it('is refused with another cluster, after fifteen minutes, with a foreign secret, or for another action', async () => {
    const good = await presigned();
    const forged = await presigned({ secretAccessKey: 'guess' });
    const verify = ({ credentials, world, url }: typeof good, cluster = 'demo', later = 0) =>
      verifyPresignedIdentity(credentials, url, { 'x-k8s-aws-id': cluster }, world.now() + later);

    expect(() => verify(good, 'other')).toThrowError(expect.objectContaining({ code: 'SignatureDoesNotMatch' }));
    expect(() => verify(forged)).toThrowError(expect.objectContaining({ code: 'SignatureDoesNotMatch' }));
    expect(() => verify(good, 'demo', 900_001)).toThrowError(expect.objectContaining({ code: 'ExpiredToken' }));
    expect(() => verify({ ...good, url: good.url.replace('GetCallerIdentity', 'AssumeRole') })).toThrowError(
      expect.objectContaining({ code: 'ValidationError' }),
    );
    expect(() => verify({ ...good, credentials: awsWorld().credentials })).toThrowError(
      expect.objectContaining({ code: 'InvalidClientTokenId' }),
    );
  });

  it('as a bearer token opens the cluster that it was made for, and no other', async () => {
    const { world, credentials, session, url } = await presigned();
    const check = clusterTokenCheck(world, credentials);

    expect(check(tokenOf(url), 'demo')).toEqual({ arn: session.arn });
    expect(check(tokenOf(url), 'other')).toBeUndefined();
    expect(check('abcdef.0123456789abcdef', 'demo')).toBeUndefined();
    await world.advance(900_001);
    expect(check(tokenOf(url), 'demo')).toBeUndefined();
  });

  it('as a bearer token opens nothing when no cluster is signed, or when it asks to live longer than 15 minutes', async () => {
    for (const changes of [{ clusterId: '' }, { expiresIn: 901 }]) {
      const { world, credentials, url } = await presigned(changes);
      expect(clusterTokenCheck(world, credentials)(tokenOf(url), 'demo')).toBeUndefined();
    }
  });

  it('is found in the token of a Kubernetes authenticator', () => {
    const url = 'https://sts.amazonaws.com/?Action=GetCallerIdentity';

    expect(presignedUrlOf(`k8s-aws-v1.${Buffer.from(url).toString('base64url')}`)).toBe(url);
    expect(presignedUrlOf('abcdef.0123456789abcdef')).toBeUndefined();
  });
});
