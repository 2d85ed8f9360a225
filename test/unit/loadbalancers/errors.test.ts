import { expect, it } from 'vitest';
import {
  DeregistrationFailed,
  InstanceNotClaimed,
  LoadBalancersNotSynced,
  ReregistrationFailed,
} from '../../../src/loadbalancers/errors.ts';

const failures = [
  { where: 'web i-1:30080', error: Object.assign(new Error('Rate exceeded'), { name: 'AwsThrottled' }) },
  { where: 'old i-1', error: 'no answer' },
];
const reasons = '- web i-1:30080: AwsThrottled: Rate exceeded\n- old i-1: no answer\n';

it.each([
  [new DeregistrationFailed('i-1', failures), reasons, /Next: mend .*, then start the drain again: .*\.$/],
  [new ReregistrationFailed('i-1', failures), reasons, /Next: mend .*, then start the sweep by hand .*\.$/],
  [new LoadBalancersNotSynced('demo', failures), reasons, /Next: mend .*\{"cluster": "demo"\}\.$/],
  [
    new InstanceNotClaimed('demo', 'i-1'),
    'Instance i-1 of cluster demo',
    /Next: start the workflow again.*claims\/demo\/i-1\.json.*\.$/,
  ],
])('%s names what failed and says what to do next', (error, what, next) => {
  expect(error.message).toContain(what);
  expect(error.message.split('\n').at(-1)).toMatch(next);
});
