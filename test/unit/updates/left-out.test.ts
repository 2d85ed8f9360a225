import { expect, it } from 'vitest';
import { decideUpdate } from '../../../src/updates/decide-update.ts';
import type { UpdateSight } from '../../../src/updates/sight.ts';
import type { UpdateRecord, Wave } from '../../../src/updates/update-record.ts';
import { unvalidated } from '../../../src/updates/validate.ts';
import { rulesOfModel, UpdateModel } from '../../support/updates/model.ts';
import { aRecord } from '../../support/updates/record.ts';

const owner = 'arn:aws:states:us-east-1:123456789012:execution:tender-dev-node-drain:one';
const model = new UpdateModel({ nodes: 3, room: 0, random: () => 0.5 });
const ids = model.members.map(({ instanceId }) => instanceId);
const [kept = '', other = '', last = ''] = ids;
const since = model.now.toISOString();
const wave: Wave = {
  stage: 'move',
  base: 3,
  by: 0,
  raised: false,
  lowering: 0,
  size: 3,
  since,
  stageSince: since,
  moves: [],
  failedJoins: 0,
};

/** Drained by hand is the first of the nodes, all of which want a reboot. */
function decided(record: Partial<UpdateRecord>, sight: Partial<UpdateSight> = {}) {
  const seen = model.sight();
  const nodes = seen.nodes === 'unknown' ? [] : seen.nodes;
  const marked = nodes.map((node) => (node.instanceId === kept ? { ...node, owner } : node));
  const given = aRecord({ way: 'in-place', phase: 'waves', ...record });
  return decideUpdate(given, { ...seen, nodes: marked, wanting: ids, ...sight }, rulesOfModel, model.now);
}

it('a wave in place moves all nodes but the one that a person keeps drained', () => {
  const moved = decided({ wave }).record.wave?.moves.map(({ instanceId }) => instanceId);
  expect(moved?.toSorted()).toEqual([other, last].toSorted());
});

it('a wave in place chooses no node while nobody can say which ones are kept', () => {
  const { record, verdict, actions } = decided({ wave }, { nodes: 'unknown' });
  expect([record.wave?.moves, verdict, actions]).toEqual([[], 'again', []]);
  expect(record.why).toBe('waits until the API server says which nodes a person keeps drained');
});

it('an update in place is done without it, and says so', () => {
  const moved = [other, last].map((instanceId) => ({ instanceId, nodeName: instanceId, zone: 'a', at: since }));
  const { record } = decided({ moved, validation: { ...unvalidated, good: 2, goodAt: since } });
  expect(record.status).toBe('done');
  expect(record.why).toBe(
    `all other nodes run what they were updated to; left out, and not updated: ${kept}, a person keeps it drained (tender-dev-node-drain:one): have it put back first (tender node put-back ${kept} demo)`,
  );
});
