import { describe, expect, it } from 'vitest';
import { assumeRole } from '../../../src/aws/assume-role.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const roleArn = 'arn:aws:iam::222222222222:role/tender-access-demo';
const externalId = 'an-external-id-of-ours';

describe('assumeRole', () => {
  it('asks with the external id, and only then, and gives the session’s credentials with their end', async () => {
    const expiration = new Date('2026-03-01T13:00:00Z');
    const aws = scriptedAws({
      AssumeRole: () => ({
        Credentials: { AccessKeyId: 'ASIA1', SecretAccessKey: 's', SessionToken: 't', Expiration: expiration },
      }),
    });
    expect(await assumeRole(aws, roleArn, externalId)).toEqual({
      accessKeyId: 'ASIA1',
      secretAccessKey: 's',
      sessionToken: 't',
      expiration,
    });
    await assumeRole(aws, roleArn);
    expect(aws.sent.map(([, input]) => input)).toEqual([
      { RoleArn: roleArn, RoleSessionName: 'tender', ExternalId: externalId },
      { RoleArn: roleArn, RoleSessionName: 'tender' },
    ]);
  });

  it('says what to compare when AWS refuses, and does not repeat the external id', async () => {
    const told = `User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    const aws = scriptedAws({ AssumeRole: () => awsError('AccessDenied', told, 403) });
    const error: Error = await assumeRole(aws, roleArn, externalId).catch((refusal) => refusal);
    expect(error.name).toBe('AwsAccessDenied');
    expect(error.message).toContain(told);
    expect(error.message).toContain('aws.roleArn and aws.externalId');
    expect(error.message).not.toContain(externalId);
  });

  it('leaves other errors as they are', async () => {
    const aws = scriptedAws({ AssumeRole: () => awsError('Throttling', 'Rate exceeded') });
    await expect(assumeRole(aws, roleArn)).rejects.toMatchObject({
      name: 'AwsThrottled',
      message: expect.not.stringContaining('externalId'),
    });
  });
});
