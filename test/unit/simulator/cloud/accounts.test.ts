import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from 'vitest';
import { driven } from '../../../../rehearsal/local-deployment.ts';
import { Cloud } from '../../../../simulator/cloud/cloud.ts';
import { roleSession } from '../../../../simulator/iam/credentials.ts';
import { inProcessHandler } from '../../../support/in-process-handler.ts';

const here = '111111111111';
const there = '222222222222';
const trust = (account: string, externalId?: string) => ({
  Statement: {
    Effect: 'Allow' as const,
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'sts:AssumeRole',
    ...(externalId !== undefined && { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
  },
});
const allow = (Action: string, Resource = '*') => ({
  own: { Statement: { Effect: 'Allow' as const, Action, Resource } },
});

describe('accounts and regions of one world', () => {
  let home: Cloud;
  let other: Cloud;
  let abroad: Cloud;
  beforeEach(() => {
    home = new Cloud({ seed: 1 });
    other = new Cloud({ beside: home, account: there });
    abroad = new Cloud({ beside: home, region: 'eu-west-1' });
  });

  const settingsOf = (keys: { accessKeyId: string; secretAccessKey: string }, region = 'us-east-1') => ({
    region,
    credentials: keys,
    requestHandler: inProcessHandler(home.front),
    maxAttempts: 1,
  });
  const sessionOf = (cloud: Cloud, role: string) => cloud.credentials.issue(roleSession(cloud.account, role, 's'));
  const assume = (role: string, RoleArn: string, more: object = {}) =>
    new STSClient(settingsOf(sessionOf(home, role))).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'tender', ...more }),
    );

  it('have one clock and one network, and each account and region is there once', () => {
    expect([other.world, other.network]).toEqual([home.world, home.network]);
    expect(() => new Cloud({ beside: home, account: there })).toThrow(
      `a cloud of account ${there} in us-east-1 already`,
    );
  });

  it('are told apart by whose key signs, and for which region', async () => {
    for (const cloud of [home, other, abroad]) cloud.roles.find('who') ?? role(cloud, 'who', allow('*'));
    const regionOf = async (cloud: Cloud, region: string) => {
      const settings = settingsOf(sessionOf(cloud, 'who'), region);
      const { Account } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
      const { AvailabilityZones } = await new EC2Client(settings)
        .send(new DescribeSubnetsCommand({}))
        .then(({ Subnets = [] }) => ({ AvailabilityZones: Subnets.map(({ AvailabilityZone }) => AvailabilityZone) }));
      return [Account, AvailabilityZones[0]];
    };
    home.fleet.network.layOut('us-east-1', ['a']);
    other.fleet.network.layOut('us-east-1', ['b']);
    abroad.fleet.network.layOut('eu-west-1', ['c']);
    expect(await regionOf(home, 'us-east-1')).toEqual([here, 'us-east-1a']);
    expect(await regionOf(other, 'us-east-1')).toEqual([there, 'us-east-1b']);
    expect(await regionOf(home, 'eu-west-1')).toEqual([here, 'eu-west-1c']);
  });

  it('have roles of their own, which regions share', async () => {
    role(home, 'mine', allow('iam:ListRoles'));
    role(other, 'theirs', {});
    expect(abroad.roles.find('mine')?.name).toBe('mine');
    expect(other.roles.find('mine')).toBeUndefined();
    const { Roles = [] } = await new IAMClient(settingsOf(sessionOf(home, 'mine'))).send(new ListRolesCommand({}));
    expect(Roles.map(({ RoleName }) => RoleName)).toEqual(['mine']);
  });

  it('reach each other by AssumeRole where both sides allow it, external id included', async () => {
    const target = other.roles.createRole({
      name: 'access',
      trust: trust(here, 'the-external-id'),
      inline: allow('*'),
    });
    role(home, 'caller', allow('sts:AssumeRole', `arn:aws:iam::*:role/access`));
    role(home, 'stranger', {});

    const { Credentials } = await assume('caller', target.arn, { ExternalId: 'the-external-id' });
    const keys = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    const identity = await new STSClient(settingsOf(keys)).send(new GetCallerIdentityCommand({}));
    expect([identity.Account, identity.Arn]).toEqual([there, `arn:aws:sts::${there}:assumed-role/access/tender`]);

    const refused = { name: 'AccessDenied', message: expect.stringContaining('sts:AssumeRole') };
    await expect(assume('caller', target.arn)).rejects.toMatchObject(refused);
    await expect(assume('caller', target.arn, { ExternalId: 'a-guess' })).rejects.toMatchObject(refused);
    await expect(assume('stranger', target.arn, { ExternalId: 'the-external-id' })).rejects.toMatchObject(refused);
  });

  it('are not reached by a role that trusts a third account', async () => {
    const target = other.roles.createRole({ name: 'access', trust: trust('333333333333') });
    role(home, 'caller', allow('sts:AssumeRole'));
    await expect(assume('caller', target.arn)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  describe('whose rules forward events', () => {
    const operate = (cloud: Cloud, operation: string, input: object) =>
      driven(cloud, () => cloud.operate('events', operation, input));
    const bus = (cloud: Cloud) => `arn:aws:events:${cloud.region}:${cloud.account}:event-bus/default`;
    const letIn = (Condition?: object) =>
      operate(home, 'PutPermission', {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'a',
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${there}:root` },
              Action: 'events:PutEvents',
              Resource: bus(home),
              ...(Condition && { Condition }),
            },
          ],
        }),
      });

    async function forwardFrom(
      cloud: Cloud,
      to: string,
      rights: ReturnType<typeof allow> | object = allow('events:PutEvents'),
    ) {
      const { arn } = role(cloud, `forward-${cloud.region}-${cloud.account}`, rights);
      await operate(cloud, 'PutRule', { Name: 'forward', EventPattern: JSON.stringify({ source: ['test'] }) });
      await operate(cloud, 'PutTargets', { Rule: 'forward', Targets: [{ Id: 'bus', Arn: to, RoleArn: arn }] });
    }
    /** Puts one event where it begins and gives what arrived at the deployment's queue. */
    async function arriving(from: Cloud): Promise<Record<string, unknown>[]> {
      const { QueueUrl } = await driven(home, () =>
        home.operate<{ QueueUrl: string }>('sqs', 'CreateQueue', { QueueName: 'seen' }),
      );
      const queue = home.queues.find(QueueUrl);
      const Policy = JSON.stringify({
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
        ],
      });
      await driven(home, () => home.operate('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } }));
      await operate(home, 'PutRule', { Name: 'all', EventPattern: JSON.stringify({ source: ['test'] }) });
      await operate(home, 'PutTargets', { Rule: 'all', Targets: [{ Id: 'queue', Arn: queue?.arn }] });
      await operate(from, 'PutEvents', { Entries: [{ Source: 'test', DetailType: 'Hello', Detail: '{"n":1}' }] });
      await home.world.advance(10_000);
      return (queue?.peek() ?? []).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    }
    const failures = () => home.world.history.entries.filter(({ event }) => event === 'DeliveryFailed');

    it('deliver them as they were, account and region included', async () => {
      await letIn();
      await forwardFrom(other, bus(home));
      expect(await arriving(other)).toEqual([
        expect.objectContaining({ account: there, region: 'us-east-1', source: 'test', detail: { n: 1 } }),
      ]);
    });

    it('need no policy of the bus within the account', async () => {
      await forwardFrom(abroad, bus(home));
      expect(await arriving(abroad)).toEqual([expect.objectContaining({ account: here, region: 'eu-west-1' })]);
    });

    it.each([
      ['the bus has no policy', async () => {}, allow('events:PutEvents'), 'resource-based policy'],
      [
        'the policy is for another source',
        () => letIn({ StringEquals: { 'events:source': 'aws.autoscaling' } }),
        allow('events:PutEvents'),
        'resource-based policy',
      ],
      ['the role may not', () => letIn(), {}, 'identity-based policy'],
    ] as const)('fail when %s', async (_why, prepare, rights, reason) => {
      await prepare();
      await forwardFrom(other, bus(home), rights);
      expect(await arriving(other)).toEqual([]);
      expect(failures().map(({ details }) => details.message)).toEqual([expect.stringContaining(reason)]);
    });

    it('fail when nothing is there', async () => {
      await forwardFrom(other, 'arn:aws:events:us-east-1:999999999999:event-bus/default');
      await arriving(other);
      expect(failures().map(({ details }) => details.code)).toEqual(['ResourceNotFoundException']);
    });

    it('do not send on what was forwarded to them', async () => {
      await letIn();
      await forwardFrom(other, bus(home));
      await forwardFrom(home, bus(abroad));
      await arriving(other);
      const forwarded = home.world.history.entries.filter(({ event }) => event === 'EventForwarded');
      expect(forwarded.map(({ details }) => details.to)).toEqual([bus(home)]);
    });

    it('are let in statement by statement', async () => {
      const permit = (StatementId: string, Principal: string) =>
        operate(home, 'PutPermission', { StatementId, Principal, Action: 'events:PutEvents' });
      await permit('a', there);
      await permit('b', '333333333333');
      await operate(home, 'RemovePermission', { StatementId: 'b' });
      const { Policy } = (await operate(home, 'DescribeEventBus', {})) as { Policy: string };
      expect(JSON.parse(Policy)).toMatchObject({
        Statement: [{ Sid: 'a', Principal: { AWS: `arn:aws:iam::${there}:root` }, Resource: bus(home) }],
      });
      await expect(operate(home, 'RemovePermission', { StatementId: 'b' })).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
      });
      await operate(home, 'RemovePermission', { RemoveAllPermissions: true });
      expect(await operate(home, 'DescribeEventBus', {})).toEqual({ Name: 'default', Arn: bus(home) });
    });
  });
});

function role(cloud: Cloud, name: string, inline: ReturnType<typeof allow> | object) {
  return cloud.roles.createRole({ name, trust: { Statement: [] }, inline: inline as ReturnType<typeof allow> });
}
