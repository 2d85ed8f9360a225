import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root, textOf } from '../support/source-files.ts';
import { referredId, templateResources, templateStatements, templateText } from '../support/template.ts';

const resources = templateResources();
const statements = templateStatements();
const stackFiles = globSync('deploy/stack/*.{yaml,cjs}', { cwd: root }).sort();

/** Wildcard actions that stay, with the reason: `logical id: action`. */
const wildcardActions: Readonly<Record<string, string>> = {
  'JoinKey: kms:*':
    "AWS's default key policy: it lets IAM policies of the account decide, and keeps the key manageable",
  'SnapshotKey: kms:*': 'the same',
  'PkiKey: kms:*': 'the same',
};

test('no policy allows an action by wildcard', () => {
  const found = statements
    .filter(({ allows }) => allows)
    .flatMap(({ in: id, actions }) =>
      actions.filter((action) => action.includes('*')).map((action) => `${id}: ${action}`),
    );

  expect(statements.length).toBeGreaterThan(50);
  expect(
    found.filter((entry) => !(entry in wildcardActions)).map((entry) => `${entry}: list the actions that are used`),
  ).toEqual([]);
  expect(Object.keys(wildcardActions).filter((entry) => !found.includes(entry))).toEqual([]);
});

test('a role may act on all resources only where its line in deploy/stack says why', () => {
  const commented = new Map(stackFiles.flatMap(wildcardLines).map(({ id, reason }) => [id, reason]));
  const inRoles = statements.filter(({ type, allows }) => allows && /^AWS::IAM::/.test(type));
  const wrong = inRoles
    .filter(({ resources: on }) => on.includes('*'))
    .filter(({ in: id }) => !commented.get(id))
    .map(
      ({ in: id, actions }) =>
        `${id} allows ${actions.join(', ')} on '*': narrow the resource, or say behind it in deploy/stack why that is impossible: Resource: '*' # why`,
    );

  expect(commented.size).toBeGreaterThan(3);
  expect(wrong).toEqual([]);
});

/** Each line with a resource of '*', with the logical id above it and the comment behind it. */
function wildcardLines(path: string): readonly { readonly id: string; readonly reason: string | undefined }[] {
  let id = '';
  return textOf(path)
    .split('\n')
    .flatMap((line) => {
      id = /^ {2}(\w+):\s*$/.exec(line)?.[1] ?? id;
      const wildcard = /(?:Resource:|-)\s*\[?\s*['"]\*['"]\s*\]?\s*(?:#\s*(\S.+))?$/.exec(line);
      return wildcard === null ? [] : [{ id, reason: wildcard[1] }];
    });
}

test('every partition of AWS is served: no ARN begins with arn:aws:', () => {
  const sources = ['serverless.yml', ...stackFiles, ...globSync('statemachines/*.yaml', { cwd: root })];
  const wrong = sources.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) =>
        /arn:aws[\w-]*:/.test(line) ? [`${path}:${index + 1}: write arn:\${AWS::Partition}: instead`] : [],
      ),
  );
  const inTemplate = [...templateText().matchAll(/"[^"]*arn:aws:[^"]*"/g)].map(
    ([text]) => `the template has ${text}: write arn:\${AWS::Partition}: where it comes from`,
  );

  expect([...wrong, ...inTemplate]).toEqual([]);
});

test('the stack has at most 485 resources, of the 500 that CloudFormation allows', () => {
  expect(resources.length, 'move workflows to nested stacks before this grows').toBeLessThanOrEqual(485);
});

test.each(['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine'])('each %s has a role of its own', (type) => {
  const owners = resources.filter(({ Type }) => Type === type);
  const roleOf = ({ Properties }: (typeof resources)[number]) => referredId(Properties.Role ?? Properties.RoleArn);
  const byRole = Map.groupBy(owners, roleOf);
  const wrong = [...byRole].flatMap(([role, users]) => {
    const names = users.map(({ id }) => id).join(', ');
    if (role === undefined) return [`${names}: give it a role of deploy/stack`];
    return users.length > 1 ? [`${names} share ${role}: write one role for each`] : [];
  });

  expect(owners.length).toBeGreaterThan(2);
  expect(wrong).toEqual([]);
});

test('every role and managed policy is used', () => {
  const text = templateText();
  const unused = resources
    .filter(({ Type }) => Type === 'AWS::IAM::Role' || Type === 'AWS::IAM::ManagedPolicy')
    .filter(({ id }) => !text.includes(`"Ref":"${id}"`) && !text.includes(`"Fn::GetAtt":["${id}"`))
    .map(({ id }) => `${id}: nobody takes it; delete it from deploy/stack`);

  expect(unused).toEqual([]);
});

test('the log of every function ends after a time', () => {
  const groups = new Map(
    resources
      .filter(({ Type }) => Type === 'AWS::Logs::LogGroup')
      .map(({ Properties }) => [Properties.LogGroupName, Properties.RetentionInDays]),
  );
  const wrong = resources
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .filter(({ Properties }) => typeof groups.get(`/aws/lambda/${Properties.FunctionName}`) !== 'number')
    .map(({ id }) => `${id}: its log group is missing or is kept for ever; set provider.logRetentionInDays`);

  expect(wrong).toEqual([]);
});

interface Target {
  readonly Id?: string;
  readonly Arn?: unknown;
  readonly DeadLetterConfig?: { readonly Arn?: unknown };
}

test('every rule and schedule has a dead-letter queue that lets it in', () => {
  const queuePolicies = resources
    .filter(({ Type }) => Type === 'AWS::SQS::QueuePolicy')
    .map(({ Properties }) => JSON.stringify(Properties));
  const rules = resources.filter(({ Type }) => Type === 'AWS::Events::Rule');
  const schedules = resources.filter(({ Type }) => Type === 'AWS::Scheduler::Schedule');
  const withoutQueue = [
    ...rules.flatMap(({ id, Properties }) => (Properties.Targets as Target[]).map((target) => ({ id, target }))),
    ...schedules.map(({ id, Properties }) => ({ id, target: Properties.Target as Target })),
  ]
    .filter(({ target }) => referredId(target.DeadLetterConfig?.Arn) === undefined)
    .map(({ id }) => `${id}: give its target DeadLetterConfig: { Arn: !GetAtt UndeliveredEvents.Arn }`);
  const shutOut = rules
    .filter(({ id }) => !queuePolicies.some((policy) => policy.includes(`"${id}"`)))
    .map(({ id }) => `${id}: name it in the aws:SourceArn of UndeliveredEventsPolicy, or its queue stays empty`);

  expect(rules.length + schedules.length).toBeGreaterThan(2);
  expect([...withoutQueue, ...shutOut]).toEqual([]);
});

test('a function that a rule starts has a destination for what it fails on', () => {
  const functions = new Set(resources.filter(({ Type }) => Type === 'AWS::Lambda::Function').map(({ id }) => id));
  const covered = new Set(
    resources
      .filter(({ Type }) => Type === 'AWS::Lambda::EventInvokeConfig')
      .map(({ Properties }) => referredId(Properties.FunctionName)),
  );
  const wrong = resources
    .filter(({ Type }) => Type === 'AWS::Events::Rule')
    .flatMap(({ id, Properties }) =>
      (Properties.Targets as Target[]).map(({ Arn }) => ({ id, target: referredId(Arn) })),
    )
    .filter(({ target }) => target !== undefined && functions.has(target) && !covered.has(target))
    .map(
      ({ id, target }) =>
        `${target}, which ${id} starts: give it an AWS::Lambda::EventInvokeConfig with OnFailure; a rule's queue never sees its errors`,
    );

  expect(wrong).toEqual([]);
});
