import { expect, test } from 'vitest';
import { textOf } from '../support/source-files.ts';
import { readStateMachines } from '../support/state-machines.ts';
import { referredId, templateResources } from '../support/template.ts';

/** Machines that do what could as well be left, and the function of each that asks whether the andon is on. */
const asking: Readonly<Record<string, string>> = {
  'etcd-maintenance': 'maintain-etcd',
  'node-drain': 'plan-drain',
  'node-repair': 'plan-repair',
  'node-retire': 'plan-retire',
  'node-update': 'plan-reboot',
  'os-update': 'plan-update',
};

/** Machines that do nothing which could as well be left. docs/health.md says why. */
const others: readonly string[] = [
  'approve-node-csrs',
  'etcd-drill',
  'etcd-member-replace',
  'etcd-restore',
  'etcd-snapshot',
  'load-balancer-sync',
  'node-bootstrap',
  'pki-backup',
  'sweep',
  'sweep-retire',
  'user-hook',
  'user-hooks',
];

const machines = readStateMachines();
const resources = templateResources();

test('each state machine is known to ask the andon, or not to', () => {
  expect(machines.map(({ name }) => name).toSorted()).toEqual([...Object.keys(asking), ...others].toSorted());
});

test('each that asks calls a function which may read it, and the others have none', () => {
  const found = machines.map(({ name, definition }) => {
    const called = [...JSON.stringify(definition).matchAll(/\$\{function:([a-z0-9-]+)\}/g)].map(([, one = '']) => one);
    return [name, called.filter(mayReadAndon)] as const;
  });

  const wrong = found.flatMap(([name, readers]) => {
    const expected = asking[name];
    if (expected === undefined)
      return readers.length > 0 ? [`${name} asks the andon by ${readers.join(', ')}: say so in ${here}`] : [];
    return readers.includes(expected) ? [] : [`${name} has no ${expected} that may read the andon`];
  });
  expect(wrong).toEqual([]);
});

test('docs/health.md has each with what it does', () => {
  const rows = textOf('docs/health.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const says = (name: string, word: RegExp) =>
    rows.some((row) => (row.split('|')[1] ?? '').includes(`\`${name}\``) && word.test(row.split('|')[2] ?? ''));

  expect(Object.keys(asking).filter((name) => !says(name, /^ yes\b/))).toEqual([]);
  expect(others.filter((name) => !says(name, /^ no\b/))).toEqual([]);
});

const here = 'test/rules/andon.test.ts and docs/health.md';

/** By the policy of its role: whoever may read it reads it, since a test counts permissions that nobody uses (test/statemachines/permissions). */
function mayReadAndon(functionName: string): boolean {
  const role = resources.find(
    ({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' && String(Properties.FunctionName).endsWith(`-${functionName}`),
  )?.Properties.Role;
  const policies = resources.find(({ id }) => id === referredId(role))?.Properties.ManagedPolicyArns;
  return Array.isArray(policies) && policies.some((one) => referredId(one) === 'ReadAndon');
}
