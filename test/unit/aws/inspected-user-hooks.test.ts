import { expect, it } from 'vitest';
import { inspectedUserHooks } from '../../../src/aws/inspected-user-hooks.ts';
import type { UserHookEntry } from '../../../src/doctor/userhook-ports.ts';
import { awsError, type Script, scriptedAws } from './scripted-aws.ts';

const own = (service: string, kind: string) => `arn:aws:${service}:eu-central-1:111111111111:${kind}:tender-hook-x`;
const RUNS: Readonly<Record<string, UserHookEntry['run']>> = {
  lambda: { kind: 'lambda', arn: own('lambda', 'function') },
  machine: { kind: 'state-machine', arn: own('states', 'stateMachine') },
  document: { kind: 'ssm-document', name: 'tender-hook-x' },
  stranger: { kind: 'lambda', arn: 'arn:aws:lambda:eu-central-1:222222222222:function:tender-hook-x' },
};

async function inspected(run: UserHookEntry['run'] | undefined, script: Script) {
  const hooks = run ? [{ name: 'x', at: 'before-drain', run, timeoutSeconds: 60 }] : [];
  const [facts] = await inspectedUserHooks(scriptedAws(script), '111111111111', hooks);
  return facts;
}

it('finds what is gone, and asks nothing about what is in another account', async () => {
  const script = {
    GetFunctionConfiguration: () => awsError('ResourceNotFoundException'),
    DescribeStateMachine: () => awsError('StateMachineDoesNotExist'),
    DescribeDocument: () => awsError('InvalidDocument'),
  };
  const found = ['lambda', 'machine', 'document'].map(async (kind) => (await inspected(RUNS[kind], script))?.found);
  expect(await Promise.all(found)).toEqual(['gone', 'gone', 'gone']);
  expect(await inspected(RUNS.stranger, {})).toMatchObject({ found: 'elsewhere' });
});

it('says how long a function may run, and what makes a machine or a document unfit', async () => {
  const parameters = (...names: string[]) => ({
    Document: { DocumentType: 'Command', Parameters: names.map((Name) => ({ Name })) },
  });
  const of = async (kind: string, operation: string, answer: object) =>
    inspected(RUNS[kind], { [operation]: () => answer });
  expect(await of('lambda', 'GetFunctionConfiguration', { Timeout: 300 })).toMatchObject({
    ownTimeoutSeconds: 300,
    unfit: '',
  });
  expect(await of('machine', 'DescribeStateMachine', { type: 'EXPRESS' })).toMatchObject({
    unfit: expect.stringContaining('Express'),
  });
  expect(await of('machine', 'DescribeStateMachine', { type: 'STANDARD' })).toMatchObject({ unfit: '' });
  expect(await of('document', 'DescribeDocument', parameters('point', 'cluster', 'execution', 'more'))).toMatchObject({
    unfit: '',
  });
  expect(await of('document', 'DescribeDocument', parameters('point'))).toMatchObject({
    unfit: expect.stringContaining('cluster, execution'),
  });
  expect(await of('document', 'DescribeDocument', { Document: { DocumentType: 'Automation' } })).toMatchObject({
    unfit: expect.stringContaining('type Automation'),
  });
});
