import { describe, expect, it } from 'vitest';
import type { Fault, ObservedCall } from '../../../simulator/world/faults.ts';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const long = process.env.TENDER_LONG !== undefined;
const forEver = { times: Number.POSITIVE_INFINITY };
const slowDown: Fault = { kind: 'error', code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 };
const internal: Fault = { kind: 'error', code: 'InternalServiceError', message: 'An error occurred', status: 500 };

const troubles: readonly (readonly [string, string, Fault])[] = [
  ['EC2 throttles', 'ec2', { kind: 'throttle' }],
  ['Auto Scaling throttles', 'autoscaling', { kind: 'throttle' }],
  ['SSM throttles', 'ssm', { kind: 'throttle' }],
  ['Elastic Load Balancing throttles', 'elasticloadbalancing', { kind: 'throttle' }],
  ['S3 answers 503', 's3', slowDown],
  ['Secrets Manager fails', 'secretsmanager', internal],
  ['SSM does not answer', 'ssm', { kind: 'hang' }],
];
const moments = ['PlanBootstrap', 'OfferJoin', 'RegisterTargets', 'AdmitNode'] as const;
const cases = troubles.flatMap(([what, service, fault], index) =>
  moments.filter((_, m) => long || m === index % moments.length).map((state) => [what, state, service, fault] as const),
);

describe('AWS in trouble for minutes', () => {
  it.each(cases)('(%s from %s on) leaves the group whole and nothing behind', async (_, state, service, fault) => {
    const scenario = await FaultScenario.prepare({ schedules: false });
    await scenario.launch();
    await scenario.untilState(state);
    // People and Auto Scaling itself have troubles of their own; these are for Tender.
    const ofTender = (call: ObservedCall) =>
      call.functionName !== undefined || call.operation.includes('LifecycleAction');
    const lift = scenario.plant((call) => call.service === service && ofTender(call), fault, forEver);
    await scenario.world.advance(4 * 60_000);
    lift();
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toHaveLength(1);
    expect(scenario.leftovers()).toEqual([]);
    expect(scenario.sickInService()).toEqual([]);
    expect(scenario.outcomes().at(-1)).toBe('SUCCEEDED');
    expect(scenario.outcomes('sweep').filter((outcome) => outcome !== 'SUCCEEDED')).toEqual([]);
  });

  it('(for a minute) costs no instance: steps are tried again, and the hook is kept alive', async () => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launch();
    const lift = scenario.plant((call) => call.functionName !== undefined, { kind: 'throttle' }, forEver);
    await scenario.world.until('the hook waits', () => scenario.cluster.members('Pending:Wait').length === 1);
    await scenario.world.advance(45_000);
    lift();
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
  });
});

describe('a neighbour in the account who empties the token buckets', () => {
  it.each([
    ['ssm', 'GetParameter', { Name: '/tender/clusters/demo' }],
    ['autoscaling', 'DescribeAutoScalingInstances', {}],
    ['ec2', 'DescribeInstances', {}],
  ])('of %s %s for two minutes only slows the join down', async (service, operation, input) => {
    const scenario = await FaultScenario.prepare();
    const instanceId = await scenario.launch();
    for (let second = 0; second < 120; second += 5) {
      const call = () => scenario.cloud.operate(service, operation, input).catch(() => undefined);
      for (let n = 0; n < 60; n += 1) void call();
      await scenario.world.advance(5_000);
    }
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.leftovers()).toEqual([]);
  });
});

describe('an action that AWS denies', () => {
  const denied: readonly (readonly [string, string, string])[] = [
    ['ec2', 'DescribeInstances', 'UnauthorizedOperation'],
    ['autoscaling', 'DescribeAutoScalingInstances', 'AccessDenied'],
    ['ssm', 'PutParameter', 'AccessDeniedException'],
    ['secretsmanager', 'GetSecretValue', 'AccessDeniedException'],
    ['elasticloadbalancing', 'RegisterTargets', 'AccessDenied'],
    ['elasticloadbalancing', 'DescribeTargetHealth', 'AccessDenied'],
  ];

  it.each(denied)(
    '(%s %s) ends in Fail with the reason, and the hook is answered, not left to expire',
    async (service, operation, code) => {
      const scenario = await FaultScenario.prepare();
      const fault: Fault = { kind: 'error', code, message: `not authorized to perform ${operation}`, status: 403 };
      const isIt = (call: ObservedCall) =>
        call.service === service && call.operation === operation && call.functionName !== undefined;
      scenario.plant(isIt, fault, forEver);
      const instanceId = await scenario.launchOnce();
      await scenario.comesToRest();
      expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
      expect(scenario.cause()).toContain('AwsAccessDenied');
      expect(scenario.cause()).toContain(operation);
      expect(scenario.events('LifecycleActionTimedOut')).toEqual([]);
      expect(scenario.cluster.inService()).not.toContain(instanceId);
    },
  );

  it('(s3 PutObject) answers nothing without a claim: the hook is left to its default result, and a person is told', async () => {
    const scenario = await FaultScenario.prepare();
    const fault: Fault = {
      kind: 'error',
      code: 'AccessDenied',
      message: 'not authorized to perform PutObject',
      status: 403,
    };
    scenario.plant(
      ({ service, operation, functionName }) =>
        service === 's3' && operation === 'PutObject' && functionName !== undefined,
      fault,
      forEver,
    );
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain('Tender answers no hook');
    expect(scenario.outcomes('sweep')).toEqual(['FAILED NotSwept']);
    expect(scenario.events('LifecycleActionTimedOut')).toHaveLength(1);
    expect(scenario.cluster.inService()).not.toContain(instanceId);
  });

  it('(s3 PutObject) ends unclaimed: nothing is touched, and the hook ends by its own default', async () => {
    const scenario = await FaultScenario.prepare();
    const fault: Fault = { kind: 'error', code: 'AccessDenied', message: 'not authorized to PutObject', status: 403 };
    scenario.plant(({ operation }) => operation === 'PutObject', fault, forEver);
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain('not authorized to PutObject');
    expect(scenario.outcomes('sweep')).toEqual(['FAILED NotSwept']);
    expect(scenario.events('LifecycleActionTimedOut')).toHaveLength(1);
    expect(scenario.cluster.inService()).not.toContain(instanceId);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('(CompleteLifecycleAction) ends both executions in minutes and says that the hook could not be answered', async () => {
    const scenario = await FaultScenario.prepare();
    const message = 'User: tender is not authorized to perform: autoscaling:CompleteLifecycleAction';
    const fault: Fault = { kind: 'error', code: 'AccessDenied', message, status: 403 };
    scenario.plant(({ operation }) => operation === 'CompleteLifecycleAction', fault, forEver);
    await scenario.launchOnce();
    const start = scenario.world.now();
    await scenario.comesToRest();
    expect(scenario.world.now() - start).toBeLessThan(30 * 60_000);
    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain('not authorized');
    // The claim of a dead execution stays to show that something is left; it blocks nobody.
    expect(scenario.leftovers().filter((left) => !/^(target|claim)/.test(left))).toEqual([]);
  });

  it('(RecordLifecycleActionHeartbeat) does not flood the history', async () => {
    const scenario = await FaultScenario.prepare({ node: { failures: () => ({ name: 'never-boots-kubelet' }) } });
    scenario.plant(({ operation }) => operation === 'RecordLifecycleActionHeartbeat', { kind: 'throttle' }, forEver);
    await scenario.launchOnce();
    await scenario.comesToRest();
    expect(scenario.deployment.executions('node-bootstrap')[0]?.run.history.length).toBeLessThan(1500);
    expect(scenario.leftovers()).toEqual([]);
  });
});
