import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  type GetParameterCommandOutput,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { roleSession } from '../../../../simulator/iam/credentials.ts';
import type { PolicyDocument, PolicyStatement } from '../../../../simulator/iam/policy.ts';
import { Commands } from '../../../../simulator/ssm/commands.ts';
import { Documents } from '../../../../simulator/ssm/documents.ts';
import { Parameters } from '../../../../simulator/ssm/parameters.ts';
import { ssmService } from '../../../../simulator/ssm/service.ts';
import { account, awsWorld, region } from '../../../support/aws-world.ts';

const instancePolicy = readFileSync(
  resolve(import.meta.dirname, '../../../../deploy/node/instance-policy.json'),
  'utf8',
);
const instanceArn = (id: string) => `arn:aws:ec2:${region}:${account}:instance/${id}`;

function parameterWorld() {
  const cloud = awsWorld();
  const parameters = new Parameters(cloud.world, { region, account }, cloud.keys);
  const documents = new Documents(cloud.world);
  const none = { machine: () => undefined, online: () => false, instanceIds: () => [] };
  const commands = new Commands(cloud.world, documents, none, { put: () => {} });
  cloud.dispatcher.register(ssmService(parameters, documents, commands));
  const ssm = new SSMClient(cloud.client);
  const put = async (Name: string, Value: string, more: object = {}) => {
    // Three writes in a second are let through.
    await cloud.world.advance(1000);
    return ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
  };
  const as = (role: string, statements: readonly PolicyStatement[]) => new SSMClient(cloud.clientOf(role, statements));
  return { ...cloud, parameters, ssm, put, as };
}

type World = ReturnType<typeof parameterWorld>;

/** A client with the credentials that an instance gets from its profile, under the policy that we ship for nodes. */
function instanceClient(cloud: World, instanceId: string, keyArn: string): SSMClient {
  const values: Readonly<Record<string, string>> = {
    Partition: 'aws',
    Region: region,
    Account: account,
    Cluster: 'demo',
    KeyArn: keyArn,
  };
  const text = instancePolicy.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  if (!cloud.roles.find('node', account)) {
    cloud.roles.createRole({
      name: 'node',
      trust: { Statement: [] },
      inline: { join: JSON.parse(text) as PolicyDocument },
    });
  }
  const context = { 'ec2:SourceInstanceARN': instanceArn(instanceId) };
  return new SSMClient({
    ...cloud.client,
    credentials: cloud.credentials.issue(roleSession(account, 'node', instanceId, context)),
  });
}

describe('an instance (S41)', () => {
  async function offered() {
    const cloud = parameterWorld();
    const key = cloud.keys.createKey();
    const Tags = [{ Key: 'tender:instance-arn', Value: instanceArn('i-0aaa') }];
    await cloud.put('/tender/join/demo/i-0aaa', 'token', { Type: 'SecureString', KeyId: key.arn, Tags });
    const read = (ssm: SSMClient, Name = '/tender/join/demo/i-0aaa'): Promise<GetParameterCommandOutput> =>
      ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return { ...cloud, key, read };
  }

  it('reads the join parameter that is tagged with its own ARN', async () => {
    const cloud = await offered();

    const { Parameter } = await cloud.read(instanceClient(cloud, 'i-0aaa', cloud.key.arn));

    expect(Parameter).toMatchObject({ Value: 'token', Type: 'SecureString' });
  });

  it("does not read another instance's, nor one without the tag, nor one of another cluster", async () => {
    const cloud = await offered();
    const secure = { Type: 'SecureString', KeyId: cloud.key.arn };
    await cloud.put('/tender/join/demo/i-0bbb', 'token', secure);
    const Tags = [{ Key: 'tender:instance-arn', Value: instanceArn('i-0bbb') }];
    await cloud.put('/tender/join/other/i-0bbb', 'token', { ...secure, Tags });
    const other = instanceClient(cloud, 'i-0bbb', cloud.key.arn);

    for (const name of ['/tender/join/demo/i-0aaa', '/tender/join/demo/i-0bbb', '/tender/join/other/i-0bbb']) {
      await expect(cloud.read(other, name)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining(
          `User: arn:aws:sts::${account}:assumed-role/node/i-0bbb is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:${region}:${account}:parameter${name} `,
        ),
      });
    }
  });

  it("reads its own, and no other's, beside a policy that allows every parameter", async () => {
    const cloud = await offered();
    const own = instanceClient(cloud, 'i-0aaa', cloud.key.arn);
    const other = instanceClient(cloud, 'i-0bbb', cloud.key.arn);
    // What AmazonSSMManagedInstanceCore allows, and reading by path, which it does not.
    const Action = ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'];
    const wide = { Statement: [{ Effect: 'Allow', Action, Resource: '*' }] } as const;
    cloud.roles.find('node', account)?.inline.set('wide', wide);
    const WithDecryption = true;

    expect((await cloud.read(own)).Parameter?.Value).toBe('token');
    await expect(cloud.read(other)).rejects.toThrow(/explicit deny/);
    const Names = ['/tender/join/demo/i-0aaa'];
    await expect(other.send(new GetParametersCommand({ Names, WithDecryption }))).rejects.toThrow(/explicit deny/);
    for (const Path of ['/tender/join/demo', '/tender/join', '/tender', '/']) {
      const byPath = other.send(new GetParametersByPathCommand({ Path, Recursive: true, WithDecryption }));
      await expect(byPath).rejects.toThrow(/explicit deny/);
    }
  });

  it('cannot make a parameter its own, or write, list or delete one', async () => {
    const cloud = await offered();
    const ssm = instanceClient(cloud, 'i-0bbb', cloud.key.arn);
    const Name = '/tender/join/demo/i-0aaa';
    const Tags = [{ Key: 'tender:instance-arn', Value: instanceArn('i-0bbb') }];

    for (const attempt of [
      ssm.send(new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: Name, Tags })),
      ssm.send(new PutParameterCommand({ Name, Value: 'x', Overwrite: true })),
      ssm.send(new GetParametersByPathCommand({ Path: '/tender/join/demo' })),
      ssm.send(new DeleteParameterCommand({ Name })),
    ])
      await expect(attempt).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('does not decrypt with another key', async () => {
    const cloud = await offered();
    const another = cloud.keys.createKey();

    await expect(cloud.read(instanceClient(cloud, 'i-0aaa', another.arn))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('kms:Decrypt'),
    });
  });
});

describe('a secure parameter', () => {
  it('is ciphertext to whoever does not ask for decryption, and refused to whoever may not decrypt', async () => {
    const cloud = parameterWorld();
    const key = cloud.keys.createKey();
    await cloud.put('/a', 'secret', { Type: 'SecureString', KeyId: key.arn });
    const reader = cloud.as('reader', [{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: '*' }]);

    const { Parameter } = await reader.send(new GetParameterCommand({ Name: '/a' }));
    const decrypting = reader.send(new GetParameterCommand({ Name: '/a', WithDecryption: true }));

    expect(Parameter?.Value).not.toContain('secret');
    await expect(decrypting).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('needs a key that is there, and the right to encrypt with it', async () => {
    const cloud = parameterWorld();
    const key = cloud.keys.createKey();
    const secure = { Name: '/a', Value: 'x', Type: 'SecureString' } as const;
    const writer = cloud.as('writer', [{ Effect: 'Allow', Action: 'ssm:PutParameter', Resource: '*' }]);

    await expect(cloud.put('/a', 'x', { ...secure, KeyId: 'alias/none' })).rejects.toMatchObject({
      name: 'InvalidKeyId',
    });
    await expect(writer.send(new PutParameterCommand({ ...secure, KeyId: key.arn }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('kms:Encrypt'),
    });
    expect(cloud.parameters.list()).toEqual([]);
    expect((await writer.send(new PutParameterCommand(secure))).Version).toBe(1);
  });

  it('cannot become a plain one', async () => {
    const { put } = parameterWorld();
    await put('/a', 'x', { Type: 'SecureString' });

    await expect(put('/a', 'x', { Overwrite: true })).rejects.toMatchObject({ name: 'HierarchyTypeMismatchException' });
  });
});

describe('PutParameter', () => {
  it('refuses tags together with overwriting, in the words of AWS', async () => {
    const { put } = parameterWorld();

    await expect(put('/a', 'x', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] })).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    });
  });

  it('with tags needs the permission to tag as well', async () => {
    const cloud = parameterWorld();
    const writer = cloud.as('writer', [{ Effect: 'Allow', Action: 'ssm:PutParameter', Resource: '*' }]);
    const input = { Name: '/a', Value: 'x', Type: 'String' } as const;

    await writer.send(new PutParameterCommand(input));
    const tagging = writer.send(new PutParameterCommand({ ...input, Name: '/b', Tags: [{ Key: 'a', Value: 'b' }] }));

    await expect(tagging).rejects.toThrow(/ssm:AddTagsToResource/);
  });

  it('overwrites only when asked, counts versions, and keeps the older ones to read', async () => {
    const { put, ssm } = parameterWorld();
    await put('/a', 'one');

    await expect(put('/a', 'two')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    expect((await put('/a', 'two', { Overwrite: true })).Version).toBe(2);
    const read = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;
    expect([await read('/a'), await read('/a:1'), await read(`arn:aws:ssm:${region}:${account}:parameter/a`)]).toEqual([
      'two',
      'one',
      'two',
    ]);
    await expect(read('/a:3')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
    const { Parameters: history } = await ssm.send(new GetParameterHistoryCommand({ Name: '/a' }));
    expect(history?.map(({ Version, Value }) => [Version, Value])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
  });

  it('takes 4 KiB, 8 KiB in the advanced tier, which a parameter never leaves', async () => {
    const { put } = parameterWorld();

    expect((await put('/standard', 'x'.repeat(4096))).Tier).toBe('Standard');
    await expect(put('/large', 'x'.repeat(4097))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(
        /^Standard tier parameters support a maximum parameter value of 4096 characters\./,
      ),
    });
    expect((await put('/large', 'x'.repeat(4097), { Tier: 'Intelligent-Tiering' })).Tier).toBe('Advanced');
    expect((await put('/large', 'x', { Overwrite: true })).Tier).toBe('Advanced');
    await expect(put('/larger', 'x'.repeat(8193), { Tier: 'Advanced' })).rejects.toMatchObject({
      message: 'Advanced tier parameters support a maximum parameter value of 8192 characters.',
    });
  });

  it.each([
    ['a reserved name', '/aws/a', 'AccessDeniedException'],
    ['a name that begins with ssm', '/ssm-a', 'ValidationException'],
    ['a path that does not begin at the root', 'a/b', 'ValidationException'],
    ['too deep a path', `/${Array.from({ length: 16 }, () => 'a').join('/')}`, 'HierarchyLevelLimitExceededException'],
  ])('refuses %s', async (_, name, error) => {
    const { put } = parameterWorld();

    await expect(put(name, 'x')).rejects.toMatchObject({ name: error });
  });
});

describe('reading by path', () => {
  async function many() {
    const cloud = parameterWorld();
    for (let n = 0; n < 23; n += 1) await cloud.put(`/tender/clusters/c${String(n).padStart(2, '0')}`, String(n));
    await cloud.put('/tender/clusters/deep/er', 'x');
    await cloud.put('/tender/clusters-not', 'x');
    return cloud;
  }

  it('gives pages of ten, the folder and not its neighbours', async () => {
    const { ssm } = await many();
    const sizes: number[] = [];
    const names: string[] = [];
    for await (const page of paginateGetParametersByPath({ client: ssm }, { Path: '/tender/clusters' })) {
      sizes.push(page.Parameters?.length ?? 0);
      names.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name));
    }

    expect(sizes).toEqual([10, 10, 3]);
    expect(new Set(names).size).toBe(23);
    expect(names.every((name) => /^\/tender\/clusters\/c\d\d$/.test(name))).toBe(true);
  });

  it('reaches deeper when asked to', async () => {
    const { ssm } = await many();
    const deep = await ssm.send(new GetParametersByPathCommand({ Path: '/tender/clusters/deep/', Recursive: true }));

    expect(deep.Parameters?.map(({ Name }) => Name)).toEqual(['/tender/clusters/deep/er']);
  });

  it('refuses larger pages, and a path that is none', async () => {
    const { ssm } = await many();
    const byPath = (input: object) => ssm.send(new GetParametersByPathCommand({ Path: '/tender', ...input }));

    await expect(byPath({ MaxResults: 11 })).rejects.toThrow(/'maxResults' failed to satisfy constraint/);
    await expect(byPath({ Path: 'tender' })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('reading and deleting by name', () => {
  it('tells which of several names are there, at most ten in one request', async () => {
    const { put, ssm } = parameterWorld();
    await put('/a', 'one');

    const answer = await ssm.send(new GetParametersCommand({ Names: ['/a', '/b'] }));

    expect(answer.Parameters?.map(({ Name }) => Name)).toEqual(['/a']);
    expect(answer.InvalidParameters).toEqual(['/b']);
    const Names = Array.from({ length: 11 }, (_, n) => `/n${n}`);
    await expect(ssm.send(new GetParametersCommand({ Names }))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('misses what is not there by name', async () => {
    const { ssm } = parameterWorld();

    for (const attempt of [
      ssm.send(new GetParameterCommand({ Name: '/a' })),
      ssm.send(new DeleteParameterCommand({ Name: '/a' })),
    ])
      await expect(attempt).rejects.toMatchObject({ name: 'ParameterNotFound' });
  });
});
