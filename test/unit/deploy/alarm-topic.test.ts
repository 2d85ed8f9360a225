import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

const { withTopic } = createRequire(import.meta.url)('../../../scripts/package/alarm-topic-plugin.cjs') as {
  readonly withTopic: (template: object, arn: string) => object;
};

describe('a topic of the user’s own', () => {
  const template = {
    Resources: {
      AlarmTopic: { Type: 'AWS::SNS::Topic' },
      Role: { Properties: { Resource: [{ Ref: 'AlarmTopic' }, { Ref: 'StateBucket' }] } },
    },
    Outputs: { AlarmTopicArn: { Value: { Ref: 'AlarmTopic' } } },
  };

  it('takes the place of the stack’s, wherever that is referred to', () => {
    const arn = 'arn:aws:sns:us-east-1:111111111111:on-call';
    expect(withTopic(template, arn)).toEqual({
      Resources: { Role: { Properties: { Resource: [arn, { Ref: 'StateBucket' }] } } },
      Outputs: { AlarmTopicArn: { Value: arn } },
    });
  });

  it('has to be a topic', () => {
    expect(() => withTopic(template, 'on-call@example.com')).toThrow('param alarmTopicArn: on-call@example.com');
  });
});
