import { describe, expect, it } from 'vitest';
import { auditedParameters, targetOf } from '../../../src/aws/audited-parameters.ts';

describe('what is told of a request', () => {
  it('is names, ids, sizes and tags, and nothing else', () => {
    const input = {
      AutoScalingGroupName: 'workers',
      DesiredCapacity: 3,
      LaunchTemplateData: { UserData: 'c2VjcmV0', ImageId: 'ami-1' },
      Tags: [{ Key: 'tender:paused', Value: 'true', PropagateAtLaunch: true }],
    };
    expect(auditedParameters(input)).toEqual({
      AutoScalingGroupName: 'workers',
      DesiredCapacity: 3,
      Tags: [{ Key: 'tender:paused', Value: 'true', PropagateAtLaunch: true }],
    });
  });

  it.each([
    ['a parameter of SSM', { Name: '/tender/join/demo/i-1', Value: 'token', Type: 'SecureString' }],
    ['a secret', { SecretId: 'demo', SecretString: 'secret', SecretBinary: new Uint8Array([1]) }],
    ['an execution', { stateMachineArn: 'arn', name: 'one', input: '{"token":"secret"}' }],
    ['a command', { DocumentName: 'tender-join', InstanceIds: ['i-1'], Parameters: { Token: ['secret'] } }],
    ['an object', { Bucket: 'b', Key: 'k', Body: 'secret' }],
    ['a message', { TopicArn: 'arn', Message: 'secret', Subject: 'secret' }],
  ])('is never the value of %s', (_, input) => {
    expect(JSON.stringify(auditedParameters(input))).not.toMatch(/secret|token"|"1"/);
  });

  it('names its target, the narrowest that there is', () => {
    expect(targetOf({ AutoScalingGroupName: 'workers', InstanceId: 'i-1' })).toBe('i-1');
    expect(targetOf({ InstanceIds: ['i-1', 'i-2'] })).toBe('i-1 i-2');
    expect(targetOf({ Bucket: 'b', Key: 'etcd/demo/1' })).toBe('s3://b/etcd/demo/1');
    expect(targetOf({})).toBe('');
  });
});
