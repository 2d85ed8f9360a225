import { describe, expect, it } from 'vitest';
import { complaintsAboutParameters, STAGE_PARAMETERS } from '../../../scripts/package/stage-parameters.ts';

describe('the parameters of a stage', () => {
  it('are right as they are by default', () => {
    const defaults = Object.fromEntries(STAGE_PARAMETERS.map(({ name, initial }) => [name, initial]));
    expect(complaintsAboutParameters(defaults)).toEqual([]);
    expect(complaintsAboutParameters({})).toEqual([]);
  });

  it.each([
    [{ logRetentionDays: 40 }, /^param logRetentionDays: .* not 40; the nearest is 30$/],
    [{ logLevel: 'warning' }, /^param logLevel: warning is none of debug, info, warn, error; the nearest is warn$/],
    [{ schedules: 'no' }, /^param schedules: no is none of on, off; the nearest is on$/],
    [{ subnetIds: 'subnet-1, vpc-2' }, /^param subnetIds: vpc-2 is not of the form subnet-/],
    [
      { securityGroupId: 'sg-1' },
      /^param securityGroupId: there is no such parameter; did you mean securityGroupIds\?$/,
    ],
    [{ permissionsBoundaryArn: 'edge' }, /^param permissionsBoundaryArn: edge is not of the form arn:aws:iam::/],
    [{ alarmTopicArn: 'arn:aws:sqs:us-east-1:123456789012:q' }, /^param alarmTopicArn: /],
  ])('say what is wrong with %j', (values, complaint) => {
    expect(complaintsAboutParameters(values)).toEqual([expect.stringMatching(complaint)]);
  });

  it('are all named when several are wrong', () => {
    expect(complaintsAboutParameters({ logLevel: 'loud', replicaAccountId: '12', stage: 'x' })).toHaveLength(3);
  });
});
