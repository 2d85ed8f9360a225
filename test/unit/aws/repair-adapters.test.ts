import { describe, expect, it } from 'vitest';
import { ec2Service } from '../../../simulator/ec2/service.ts';
import { andonParameter, pullAndon, releaseAndon } from '../../../src/aws/andon-parameter.ts';
import type { AwsAccess } from '../../../src/aws/aws-access.ts';
import { nodeAgents } from '../../../src/aws/node-agents.ts';
import { sickInstances } from '../../../src/aws/sick-instances.ts';
import { awsWorld, region } from '../../support/aws-world.ts';
import { buildFleet, createGroup, untilState } from '../../support/fleet-builder.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

/** The local cloud with a worker in service, and Tender's access to it. */
async function aCloud() {
  const cloud = awsWorld();
  const built = buildFleet({ world: cloud.world });
  cloud.dispatcher.register(ec2Service(built.fleet.instances, built.fleet.templates));
  const group = createGroup(built, { DesiredCapacity: 1 });
  const [member] = await untilState(built, group, 'InService', 1);
  const aws: AwsAccess = {
    region,
    credentials: async () => ({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'x' }),
    client: (Client) => new Client({ ...cloud.client } as never),
    assuming: () => aws,
  };
  return { built, aws, world: cloud.world, instanceId: member?.instanceId ?? '' };
}

describe('an instance that may be sick', () => {
  it('tells where it is and its two checks, and nothing when EC2 does not know it', async () => {
    const { built, aws, world, instanceId } = await aCloud();
    await world.advance(200_000);
    const instances = sickInstances(aws);
    expect(await instances.find(instanceId)).toMatchObject({
      state: 'running',
      systemStatus: 'ok',
      instanceStatus: 'ok',
      addresses: [expect.stringMatching(/^10\./)],
      tags: { 'aws:autoscaling:groupName': 'workers' },
    });
    built.fleet.instances.impair(instanceId, 'system');
    expect(await instances.find(instanceId)).toMatchObject({ systemStatus: 'impaired', instanceStatus: 'ok' });
    expect(await instances.find('i-0fffffffffffffff0')).toBeUndefined();
  });

  it('is rebooted while it runs, and not when it does not', async () => {
    const { built, aws, world, instanceId } = await aCloud();
    const instances = sickInstances(aws);
    expect(await instances.reboot(instanceId)).toBe('rebooting');
    built.fleet.instances.terminate(built.fleet.instances.visible(instanceId));
    await world.advance(60_000);
    expect(await instances.reboot(instanceId)).toBe('not-running');
    expect(await instances.find(instanceId)).toMatchObject({ state: 'terminated', systemStatus: 'not-applicable' });
  });
});

describe('the agent of an instance', () => {
  const agentsThat = (script: Parameters<typeof scriptedAws>[0]) =>
    nodeAgents(scriptedAws(script), 'Tender-RestartKubelet');
  const ended = (answer: object) => agentsThat({ GetCommandInvocation: () => answer }).result('c-1', 'i-0abc');

  it.each([
    [[{ PingStatus: 'Online' }], true],
    [[{ PingStatus: 'ConnectionLost' }], false],
    [[], false],
  ])('answers or not: %j', async (InstanceInformationList, answers) => {
    const agents = agentsThat({ DescribeInstanceInformation: () => ({ InstanceInformationList }) });
    expect(await agents.answers('i-0abc')).toBe(answers);
  });

  it('is sent our document, and one that has gone is no error', async () => {
    const sent = agentsThat({ SendCommand: ({ DocumentName }) => ({ Command: { CommandId: String(DocumentName) } }) });
    expect(await sent.restart('i-0abc', 'why')).toEqual({ commandId: 'Tender-RestartKubelet' });
    const gone = agentsThat({ SendCommand: () => awsError('InvalidInstanceId') });
    expect(await gone.restart('i-0abc', 'why')).toBe('unreachable');
  });

  it('tells what became of it, also when it never ran', async () => {
    const done = { Status: 'Success', StandardOutputContent: 'kubelet: active now\n' };
    expect(await ended(done)).toMatchObject({ status: 'done', output: 'kubelet: active now\n' });
    expect(await ended({ Status: 'InProgress' })).toMatchObject({ status: 'under-way' });
    expect(await ended({ Status: 'Failed', StandardErrorContent: 'refused' })).toMatchObject({
      status: 'failed',
      errors: 'refused',
    });
    expect(await ended({ Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut' })).toMatchObject({
      status: 'failed',
      errors: 'the command ended as Undeliverable',
    });
  });
});

describe('the andon', () => {
  const read = (answer: object | Error) => andonParameter(scriptedAws({ GetParameter: () => answer })).read();
  const holding = (Value: string) => read({ Parameter: { Value } });

  it('is off while there is no parameter', async () => {
    expect(await read(awsError('ParameterNotFound'))).toBeNull();
  });

  it('says why, since when and by whom it is on', async () => {
    const cord = { reason: 'we look', since: '2026-03-01T12:00:00Z', by: 'ann' };
    expect(await holding(JSON.stringify(cord))).toEqual(cord);
  });

  it('is on whatever stands in it', async () => {
    expect(await holding('on')).toMatchObject({ reason: 'on', by: 'somebody' });
    expect(await holding('{}')).toMatchObject({ reason: 'no reason is given' });
    expect(await holding('7')).toMatchObject({ reason: '7' });
  });

  it('that cannot be read is an error: nobody can say that it is off', async () => {
    await expect(read(awsError('AccessDeniedException'))).rejects.toMatchObject({ name: 'AwsAccessDenied' });
  });

  const mine = { reason: 'we look', since: '2026-03-01T12:00:00Z', by: 'ann' };
  const theirs = { reason: 'a storm', since: '2026-03-01T11:00:00Z', by: 'bob' };
  const parameter = (andon: object) => ({ Parameter: { Value: JSON.stringify(andon) } });

  it.each([
    ['mine, where the answer to the first of two tries was lost', mine],
    ['theirs, where somebody was faster', theirs],
  ])('is pulled only where it is off: it is %s', async (_, on) => {
    const aws = scriptedAws({
      PutParameter: () => awsError('ParameterAlreadyExists'),
      GetParameter: () => parameter(on),
    });
    expect(await pullAndon(aws, mine)).toEqual(on);
    expect(aws.sent[0]).toEqual(['PutParameter', expect.objectContaining({ Overwrite: false })]);
  });

  it('is pulled after all where it went while it was looked at', async () => {
    const answers = [awsError('ParameterAlreadyExists'), {}];
    const aws = scriptedAws({
      PutParameter: () => answers.shift(),
      GetParameter: () => awsError('ParameterNotFound'),
    });
    expect(await pullAndon(aws, mine)).toEqual(mine);
  });

  it('is released only while it is the one that was meant', async () => {
    const releasing = async (on: object | Error) => {
      const aws = scriptedAws({ GetParameter: () => on, DeleteParameter: () => ({}) });
      const outcome = await releaseAndon(aws, mine);
      return [outcome, aws.sent.some(([operation]) => operation === 'DeleteParameter')];
    };
    expect(await releasing(parameter(mine))).toEqual(['released', true]);
    expect(await releasing(parameter(theirs))).toEqual(['changed', false]);
    expect(await releasing(awsError('ParameterNotFound'))).toEqual(['changed', false]);
  });
});
