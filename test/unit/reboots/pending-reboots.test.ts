import { expect, it } from 'vitest';
import { pendingReboots } from '../../../src/reboots/pending-reboots.ts';
import { FLUO, type RebootWorld, rebootWorld } from '../../support/reboots/healthy.ts';

const nodes = [{ instanceId: 'i-0abc', nodeName: 'ip-10-0-1-23' }];
const look = (world: RebootWorld, asked = {}) => pendingReboots({ nodes, asked }, rebootWorld(world).ports);

it('takes FLUO’s word where its agent runs, and asks no machine', async () => {
  const annotations = { [`${FLUO}reboot-needed`]: 'true', [`${FLUO}new-version`]: '4459.2.1' };
  expect(await look({ node: { annotations } })).toMatchObject({
    wanted: [{ instanceId: 'i-0abc', way: 'agent', toVersion: '4459.2.1' }],
    settled: true,
  });
  const none = { [`${FLUO}reboot-needed`]: 'false' };
  expect(await look({ node: { annotations: none } })).toMatchObject({ wanted: [], current: ['i-0abc'], settled: true });
});

it('asks the others by our document, and reads the answer at the next look', async () => {
  const first = await look({});
  expect(first).toMatchObject({ wanted: [], settled: false, asked: { 'i-0abc': 'command-1' } });
  expect(await look({}, first.asked)).toMatchObject({ settled: false, asked: { 'i-0abc': 'command-1' } });
  const output =
    'reboot-required: yes\nversion-changes: yes\nnew-version: 4459.2.1\nwhy: update_engine has installed 4459.2.1';
  expect(await look({ result: { status: 'done', output, errors: '' } }, first.asked)).toEqual({
    wanted: [
      {
        instanceId: 'i-0abc',
        nodeName: 'ip-10-0-1-23',
        way: 'document',
        toVersion: '4459.2.1',
        why: 'update_engine has installed 4459.2.1',
      },
    ],
    current: [],
    unknown: [],
    asked: {},
    settled: true,
  });
});

it('says of whom nobody can say', async () => {
  const paused = { annotations: { [`${FLUO}reboot-paused`]: 'true' } };
  for (const world of [{ agent: 'offline' }, { agent: 'elsewhere' }, { node: 'unknown' }, { node: paused }] as const)
    expect(await look(world)).toMatchObject({ wanted: [], unknown: [{ instanceId: 'i-0abc' }], settled: true });
});
