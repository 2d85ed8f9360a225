import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../rehearsal/processes/certificate-authority.ts';
import type { AwsAccess } from '../../../src/aws/aws-access.ts';
import type { GroupMemory } from '../../../src/signals/ports.ts';
import { groupDirectory } from '../../../src/wiring/group-directory.ts';
import { signalPlaces } from '../../../src/wiring/signal-places.ts';
import { awsError, type Script, scriptedAws } from '../aws/scripted-aws.ts';

const ownAccount = '111111111111';
const elsewhere = { account: '222222222222', region: 'eu-central-1' };
const environment = { AWS_REGION: 'eu-central-1' };

/** A group that exists with this tag, and a registry without clusters unless it is told otherwise. */
function account(more: Script = {}) {
  return scriptedAws({
    DescribeAutoScalingGroups: ({ AutoScalingGroupNames }) => ({
      AutoScalingGroups: (AutoScalingGroupNames as string[])
        .filter((name) => name === 'workers')
        .map((name) => ({ AutoScalingGroupName: name, Tags: [{ Key: 'tender:cluster', Value: 'demo' }] })),
    }),
    GetParametersByPath: () => ({ Parameters: [] }),
    ...more,
  });
}

async function registered(name: string, aws: object) {
  const { certificate } = await CertificateAuthority.create('kubernetes');
  const secretArn = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:tender/demo';
  const entry = {
    name,
    kubernetes: {
      endpoint: 'https://api.example.com:6443',
      certificateAuthority: certificate,
      auth: { kind: 'token', secretArn },
    },
    aws,
  };
  return { Name: `/tender/clusters/${name}`, Value: JSON.stringify(entry) };
}

const forgetful: GroupMemory = { recall: async () => undefined, remember: async () => undefined };
const directoryOf = (aws: AwsAccess, memory = forgetful) =>
  groupDirectory(signalPlaces(aws, ownAccount, environment), memory);
const asked = (aws: ReturnType<typeof account>) => aws.sent.map(([operation]) => operation);

describe('groupDirectory', () => {
  it('finds a group of its own account and region, without asking the registry', async () => {
    const aws = account();
    const directory = directoryOf(aws);
    const found = { tags: { 'tender:cluster': 'demo' }, elsewhere: false };
    expect(await directory.find('workers', {})).toEqual(found);
    expect(await directory.find('workers', { account: ownAccount, region: 'eu-central-1' })).toEqual(found);
    expect(asked(aws)).toEqual(['DescribeAutoScalingGroups', 'DescribeAutoScalingGroups']);
  });

  it('remembers what it found, by account and region, and asks Auto Scaling no more for that', async () => {
    const kept = new Map<string, Readonly<Record<string, string>>>();
    const memory: GroupMemory = {
      recall: async (place, name) => kept.get(`${place} ${name}`),
      remember: async (place, name, tags) => void kept.set(`${place} ${name}`, tags),
    };
    const aws = account();
    const directory = directoryOf(aws, memory);
    expect(await directory.recall('workers', {})).toBeUndefined();
    await directory.find('workers', {});
    expect([...kept.keys()]).toEqual(['111111111111/eu-central-1 workers']);
    const origin = { account: ownAccount, region: 'eu-central-1' };
    expect(await directory.recall('workers', origin)).toEqual({ tags: { 'tender:cluster': 'demo' }, elsewhere: false });
    expect(asked(aws)).toEqual(['DescribeAutoScalingGroups']);
    // Whoever forwards events to our bus is not believed by what is remembered either.
    kept.set('222222222222/eu-central-1 workers', { 'tender:cluster': 'demo' });
    expect(await directory.recall('workers', elsewhere)).toBeUndefined();
  });

  it('knows that a group is not there', async () => {
    expect(await directoryOf(account()).find('gone', {})).toBeUndefined();
  });

  it.each([
    ['account', elsewhere],
    ['region', { account: ownAccount, region: 'us-east-1' }],
  ])('does not look for its own group of that name when the event is of another %s', async (_what, origin) => {
    const aws = account();
    expect(await directoryOf(aws).find('workers', origin)).toBeUndefined();
    expect(asked(aws)).toEqual(['GetParametersByPath']);
  });

  it('believes no account and no region that a registered cluster does not live in', async () => {
    const entries = [
      await registered('demo', {}),
      await registered('other', { roleArn: 'arn:aws:iam::333333333333:role/tender-access-other' }),
      await registered('far', {
        roleArn: 'arn:aws:iam::222222222222:role/tender-access-far',
        region: 'us-west-2',
      }),
    ];
    const aws = account({ GetParametersByPath: () => ({ Parameters: entries }) });
    expect(await directoryOf(aws).find('workers', elsewhere)).toBeUndefined();
    expect(asked(aws)).toEqual(['GetParametersByPath']);
  });

  it('asks for a cluster that tells of itself by its name, once a minute however many tell', async () => {
    const entries = [
      await registered('demo', {}),
      await registered('far', { roleArn: 'arn:aws:iam::222222222222:role/tender-access-far' }),
      { Name: '/tender/clusters/broken', Value: '{ no: json' },
    ];
    const aws = account({
      GetParameter: ({ Name }) => {
        const Parameter = entries.find((one) => one.Name === Name);
        return Parameter ? { Parameter } : awsError('ParameterNotFound', 'there is none');
      },
    });
    const places = signalPlaces(aws, ownAccount, environment);
    for (let told = 0; told < 5; told += 1) expect(await places.believes('demo', {})).toBe(true);
    expect(asked(aws)).toEqual(['GetParameter']);
    expect(await places.believes('demo', elsewhere)).toBe(false);
    expect(await places.believes('far', elsewhere)).toBe(true);
    for (const name of ['broken', 'none']) expect(await places.believes(name, {})).toBe(false);
  });

  it('is not stopped by an entry that cannot be read', async () => {
    const entries = [{ Name: '/tender/clusters/broken', Value: '{ no: json' }];
    const aws = account({ GetParametersByPath: () => ({ Parameters: entries }) });
    expect(await directoryOf(aws).find('workers', elsewhere)).toBeUndefined();
  });
});
