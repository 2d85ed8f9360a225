import * as ec2Sdk from '@aws-sdk/client-ec2';
import * as s3Sdk from '@aws-sdk/client-s3';
import * as sfnSdk from '@aws-sdk/client-sfn';
import * as ssmSdk from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { apiLimit } from '../../../../simulator/cloud/api-limits.ts';
import { defineService } from '../../../../simulator/cloud/service.ts';
import { awsWorld } from '../../../support/aws-world.ts';

const lambda = { kind: 'lambda', name: 'cordon-node', ordinal: 2 } as const;

function counting() {
  const done: string[] = [];
  const cloud = awsWorld(
    defineService('ec2', ec2Sdk, {
      DescribeInstances: { run: () => ({}) },
      TerminateInstances: {
        run: () => {
          done.push('terminated');
          return {};
        },
      },
    }),
    defineService('ssm', ssmSdk, { GetParameter: { run: () => ({}) } }),
    defineService('states', sfnSdk, { StartExecution: { run: () => ({ executionArn: 'a', startDate: new Date(0) }) } }),
    defineService('s3', s3Sdk, {}),
  );
  const { operator } = cloud.credentials;
  const terminate = (origin?: typeof lambda) =>
    cloud.dispatcher.call('ec2', 'TerminateInstances', {}, operator, origin);
  return { ...cloud, done, operator, terminate };
}

describe('planted faults', () => {
  it('answer with an error and do nothing', async () => {
    const { world, terminate, done } = counting();
    world.faults.plant(
      (call) => call.mutating && call.service === 'ec2',
      { kind: 'error', code: 'InternalError', message: 'oh', status: 500 },
      1,
    );

    await expect(terminate()).rejects.toMatchObject({ code: 'InternalError', status: 500 });
    await terminate();

    expect(done).toHaveLength(1);
  });

  it('lose a response after the deed, refuse a connection before it', async () => {
    const { world, terminate, done } = counting();
    world.faults.plant(() => true, { kind: 'lose-response' }, 1);
    world.faults.plant(() => true, { kind: 'refuse' }, 1);

    await expect(terminate()).rejects.toMatchObject({ name: 'ConnectionError', code: 'ECONNRESET' });
    expect(done).toHaveLength(1);
    await expect(terminate()).rejects.toMatchObject({ name: 'ConnectionError', code: 'ECONNREFUSED' });
    expect(done).toHaveLength(1);
  });

  it('kill the calling function before or after the deed, seen with its name and the number of the call', async () => {
    const { world, terminate, done } = counting();
    const seen: unknown[] = [];
    world.faults.plant((call) => seen.push(call) > 0, { kind: 'kill-before' }, 1);
    world.faults.plant(() => true, { kind: 'kill-after' }, 1);

    await expect(terminate(lambda)).rejects.toMatchObject({ name: 'KillCaller', when: 'before' });
    expect(done).toHaveLength(0);
    await expect(terminate(lambda)).rejects.toMatchObject({ name: 'KillCaller', when: 'after' });

    expect(done).toHaveLength(1);
    expect(seen).toEqual([
      {
        target: 'aws',
        service: 'ec2',
        operation: 'TerminateInstances',
        mutating: true,
        functionName: 'cordon-node',
        ordinal: 2,
      },
    ]);
  });

  it('that kill do not touch calls that no function makes', async () => {
    const { world, terminate, done } = counting();
    world.faults.plant(() => true, { kind: 'kill-before' }, 1);

    await terminate();

    expect(done).toHaveLength(1);
  });

  it('hang until the client gives up', async () => {
    const { world, front, done } = counting();
    world.faults.plant(() => true, { kind: 'hang' }, 1);
    const giveUp = new AbortController();
    const body = new TextEncoder().encode('Action=TerminateInstances&Version=2016-11-15');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = {
      method: 'POST',
      host: 'ec2.us-east-1.amazonaws.com',
      port: 443,
      path: '/',
      headers,
      body,
      signal: giveUp.signal,
    };

    const answer = front.handle(request, { kind: 'outside', name: '' });
    giveUp.abort();

    await expect(answer).rejects.toMatchObject({ name: 'ConnectionError' });
    expect(done).toHaveLength(0);
  });
});

describe('token buckets', () => {
  it('throttle in the words of the service, refill with virtual time, and are metered', async () => {
    const { world, dispatcher, operator } = counting();
    const read = () => dispatcher.call('ssm', 'GetParameter', {}, operator);
    for (let i = 0; i < 40; i++) await read();

    await expect(read()).rejects.toMatchObject({ code: 'ThrottlingException', message: 'Rate exceeded', status: 400 });
    await world.advance(25);
    await read();

    expect(dispatcher.meter.lines()).toEqual([
      { caller: 'operator', operation: 'ssm:GetParameter', calls: 42, throttles: 1, errors: 1 },
    ]);
  });

  it('have the sizes that AWS publishes, and say so where they are guesses', () => {
    expect(apiLimit('ec2', 'DescribeInstances', 'us-east-1', { InstanceIds: ['i-1'] })).toEqual({
      bucket: 'ec2:DescribeInstances',
      burst: 100,
      refillPerSecond: 20,
    });
    expect(apiLimit('ec2', 'DescribeInstances', 'us-east-1', {})).toMatchObject({ burst: 50, refillPerSecond: 10 });
    expect(apiLimit('states', 'StartExecution', 'us-east-1')).toMatchObject({ burst: 1300, refillPerSecond: 300 });
    expect(apiLimit('states', 'StartExecution', 'eu-central-1')).toMatchObject({ burst: 800, refillPerSecond: 150 });
    expect(apiLimit('ssm', 'GetParameters', 'us-east-1')?.bucket).toBe('ssm:GetParameter');
    expect(apiLimit('autoscaling', 'DescribeAutoScalingGroups', 'us-east-1')?.assumed).toBe(true);
    expect(apiLimit('sqs', 'SendMessage', 'us-east-1')).toBeUndefined();
  });

  it.each([
    ['ec2', 'TerminateInstances', 'RequestLimitExceeded'],
    ['states', 'StartExecution', 'ThrottlingException'],
  ])('say of %s:%s that it is %s', async (prefix, operation, code) => {
    const { world, dispatcher, operator } = counting();
    world.faults.plant(() => true, { kind: 'throttle' });

    await expect(dispatcher.call(prefix, operation, {}, operator)).rejects.toMatchObject({ code });
  });
});

it('names what is not implemented', async () => {
  const { dispatcher, operator } = counting();

  await expect(dispatcher.call('s3', 'SelectObjectContent', {}, operator)).rejects.toMatchObject({
    code: 'NotImplemented',
    status: 501,
  });
  await expect(dispatcher.call('dynamodb', 'GetItem', {}, operator)).rejects.toMatchObject({
    code: 'NotImplemented',
    status: 501,
  });
});
