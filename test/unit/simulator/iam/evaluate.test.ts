// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this.
import { describe, expect, it } from 'vitest';
import { ConditionContext, conditionsHold } from '../../../../simulator/iam/conditions.ts';
import { evaluatePolicies, principalFits } from '../../../../simulator/iam/evaluate.ts';
import type { PolicyStatement } from '../../../../simulator/iam/policy.ts';

type Values = Record<string, string | string[]>;

function decide(statements: PolicyStatement[], action: string, resource = '*', context: Values = {}) {
  const policies = [{ name: 'p', document: { Statement: statements } }];
  return evaluatePolicies(policies, { action, resource, context: new ConditionContext(context) }).decision;
}

describe('policy evaluation', () => {
  it('allows what one statement allows, and nothing by default', () => {
    const statement: PolicyStatement = {
      Effect: 'Allow',
      Action: ['ec2:Describe*', 'SSM:getparameter'],
      Resource: '*',
    };

    expect(decide([statement], 'ec2:DescribeInstances')).toBe('allow');
    expect(decide([statement], 'ssm:GetParameter')).toBe('allow');
    expect(decide([statement], 'ec2:RunInstances')).toBe('none');
    expect(decide([], 'ec2:RunInstances')).toBe('none');
  });

  it('lets an explicit deny win over every allow', () => {
    const statements: PolicyStatement[] = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', NotAction: 's3:Get*', Resource: '*' },
    ];

    expect(decide(statements, 's3:GetObject')).toBe('allow');
    expect(decide(statements, 's3:PutObject')).toBe('deny');
  });

  it('matches resources with * and ?, with variables, and their opposite', () => {
    const own: PolicyStatement = {
      Effect: 'Allow',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/team}/*',
    };
    const other: PolicyStatement = { Effect: 'Allow', Action: 's3:*', NotResource: 'arn:aws:s3:::secret-?/*' };

    expect(decide([own], 's3:GetObject', 'arn:aws:s3:::b/red/x/y', { 'aws:principaltag/team': 'red' })).toBe('allow');
    expect(decide([own], 's3:GetObject', 'arn:aws:s3:::b/blue/x', { 'aws:PrincipalTag/team': 'red' })).toBe('none');
    expect(decide([own], 's3:GetObject', 'arn:aws:s3:::b//x')).toBe('none');
    expect(decide([other], 's3:GetObject', 'arn:aws:s3:::secret-1/x')).toBe('none');
    expect(decide([other], 's3:GetObject', 'arn:aws:s3:::secret-12/x')).toBe('allow');
  });

  it('never reads a wildcard out of a variable', () => {
    const own: PolicyStatement = {
      Effect: 'Allow',
      Action: 'ssm:*',
      Resource: 'arn:aws:ssm:::parameter/${aws:PrincipalTag/p}',
    };

    expect(decide([own], 'ssm:GetParameter', 'arn:aws:ssm:::parameter/any', { 'aws:PrincipalTag/p': '*' })).toBe(
      'none',
    );
    expect(decide([own], 'ssm:GetParameter', 'arn:aws:ssm:::parameter/*', { 'aws:PrincipalTag/p': '*' })).toBe('allow');
  });
});

describe('conditions', () => {
  const context = new ConditionContext({
    'aws:ResourceTag/tender:cluster': 'demo',
    'aws:TagKeys': ['a', 'b'],
    'ec2:SourceInstanceARN': 'arn:aws:ec2:us-east-1:1:instance/i-1',
    'aws:CurrentTime': '2026-03-02T09:00:00Z',
    'aws:SourceIp': '10.1.2.3',
    'aws:SecureTransport': 'true',
    's3:max-keys': '10',
  });

  it.each<[boolean, string, string, string | string[]]>([
    [true, 'StringEquals', 'aws:resourcetag/tender:cluster', ['x', 'demo']],
    [false, 'StringEquals', 'aws:ResourceTag/other', 'demo'],
    [true, 'StringEqualsIfExists', 'aws:ResourceTag/other', 'demo'],
    [true, 'StringNotEquals', 'aws:ResourceTag/other', 'demo'],
    [false, 'StringNotEquals', 'aws:ResourceTag/tender:cluster', ['x', 'demo']],
    [true, 'StringLike', 'aws:ResourceTag/tender:cluster', 'd?m*'],
    [true, 'StringNotLike', 'aws:ResourceTag/tender:cluster', 'x*'],
    [true, 'ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b', 'c']],
    [false, 'ForAllValues:StringEquals', 'aws:TagKeys', ['a']],
    [true, 'ForAllValues:StringEquals', 'aws:None', ['a']],
    [true, 'ForAnyValue:StringEquals', 'aws:TagKeys', ['a']],
    [false, 'ForAnyValue:StringEquals', 'aws:None', ['a']],
    [true, 'ArnLike', 'ec2:SourceInstanceARN', 'arn:aws:ec2:*:1:instance/*'],
    [false, 'ArnLike', 'ec2:SourceInstanceARN', 'arn:aws:ec2:*:instance/*'],
    [true, 'StringEquals', 'ec2:SourceInstanceARN', '${ec2:SourceInstanceARN}'],
    [true, 'Null', 'aws:None', 'true'],
    [false, 'Null', 'aws:SourceIp', 'true'],
    [true, 'Null', 'aws:SourceIp', 'false'],
    [true, 'Bool', 'aws:SecureTransport', 'true'],
    [true, 'NumericLessThanEquals', 's3:max-keys', '10'],
    [false, 'NumericLessThan', 's3:max-keys', '10'],
    [true, 'DateLessThan', 'aws:CurrentTime', '2026-03-02T09:00:01Z'],
    [true, 'IpAddress', 'aws:SourceIp', '10.1.0.0/16'],
    [false, 'NotIpAddress', 'aws:SourceIp', '10.1.0.0/16'],
  ])('%s: %s %s %s', (expected, operator, key, values) => {
    expect(conditionsHold({ [operator]: { [key]: values } }, context)).toBe(expected);
  });

  it('refuses an operator that IAM does not know', () => {
    expect(() => conditionsHold({ StringMatches: { a: 'b' } }, context)).toThrow('StringMatches');
  });
});

describe('principals', () => {
  const caller = {
    arn: 'arn:aws:sts::111111111111:assumed-role/worker/s',
    account: '111111111111',
    roleName: 'worker',
  };

  it.each<[boolean, string]>([
    [true, 'arn:aws:iam::111111111111:role/worker'],
    [true, 'arn:aws:iam::111111111111:role/path/worker'],
    [true, 'arn:aws:iam::111111111111:root'],
    [true, '111111111111'],
    [true, '*'],
    [false, 'arn:aws:iam::111111111111:role/other'],
    [false, 'arn:aws:iam::222222222222:role/worker'],
    [false, 'arn:aws:iam::222222222222:root'],
  ])('%s: %s', (expected, principal) => {
    expect(principalFits({ AWS: principal }, caller)).toBe(expected);
  });
});
