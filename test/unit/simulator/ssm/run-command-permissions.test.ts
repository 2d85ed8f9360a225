import {
  CreateDocumentCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import type { PolicyStatement } from '../../../../simulator/iam/policy.ts';
import type { Machine } from '../../../../simulator/instances/machine.ts';
import { Commands } from '../../../../simulator/ssm/commands.ts';
import { Documents } from '../../../../simulator/ssm/documents.ts';
import { Parameters } from '../../../../simulator/ssm/parameters.ts';
import { ssmService } from '../../../../simulator/ssm/service.ts';
import { account, awsWorld, region } from '../../../support/aws-world.ts';

const tags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'i-0ours': { 'tender:cluster': 'demo', team: 'a' },
  'i-0theirs': { team: 'a' },
};

/** As the state machine's role has it: our document, on instances that carry our tag. */
const statements: readonly PolicyStatement[] = [
  { Effect: 'Allow', Action: 'ssm:SendCommand', Resource: `arn:aws:ssm:${region}:${account}:document/Diagnosis` },
  {
    Effect: 'Allow',
    Action: 'ssm:SendCommand',
    Resource: `arn:aws:ec2:${region}:${account}:instance/*`,
    Condition: { StringLike: { 'ssm:resourceTag/tender:cluster': '?*' } },
  },
];

async function commandWorld() {
  const cloud = awsWorld();
  const documents = new Documents(cloud.world);
  const machines = {
    machine: (id: string) => (tags[id] ? ({ instanceId: id, tags: () => tags[id] } as unknown as Machine) : undefined),
    online: (id: string) => id in tags,
    instanceIds: () => Object.keys(tags),
  };
  const commands = new Commands(cloud.world, documents, machines, { put: () => {} });
  const parameters = new Parameters(cloud.world, { region, account }, cloud.keys);
  cloud.dispatcher.register(ssmService(parameters, documents, commands));
  const step = { action: 'aws:runShellScript', name: 'run', inputs: { runCommand: ['true'] } };
  const Content = JSON.stringify({ schemaVersion: '2.2', mainSteps: [step] });
  const operator = new SSMClient(cloud.client);
  for (const Name of ['Diagnosis', 'Other']) await operator.send(new CreateDocumentCommand({ Name, Content }));
  const role = new SSMClient(cloud.clientOf('machine', statements));
  const send = async (input: Omit<SendCommandCommandInput, 'DocumentName'>, DocumentName = 'Diagnosis') =>
    (await role.send(new SendCommandCommand({ DocumentName, ...input }))).Command;
  return { send, commands };
}

describe('a role that may send one document to tagged instances', () => {
  it('sends it to them, by id or by tag', async () => {
    const { send } = await commandWorld();

    expect((await send({ InstanceIds: ['i-0ours'] }))?.InstanceIds).toEqual(['i-0ours']);
    expect((await send({ Targets: [{ Key: 'tag:tender:cluster', Values: ['demo'] }] }))?.TargetCount).toBe(1);
  });

  it.each([
    ['by id', { InstanceIds: ['i-0theirs'] }],
    ['by tag', { Targets: [{ Key: 'tag:team', Values: ['a'] }] }],
    ['as a target by id', { Targets: [{ Key: 'InstanceIds', Values: ['i-0theirs'] }] }],
  ])('does not reach another instance %s, and nothing is sent', async (_, input) => {
    const { send, commands } = await commandWorld();

    await expect(send(input)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(
        `ssm:SendCommand on resource: arn:aws:ec2:${region}:${account}:instance/i-0theirs`,
      ),
    });
    expect(commands.list()).toEqual([]);
  });

  it('does not send another document', async () => {
    const { send } = await commandWorld();

    await expect(send({ InstanceIds: ['i-0ours'] }, 'Other')).rejects.toThrow(/document\/Other/);
  });
});
