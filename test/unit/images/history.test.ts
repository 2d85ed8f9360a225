import { expect, it } from 'vitest';
import { changeOf } from '../../../src/images/history.ts';

const node = (id: string, kernel = '6.1', imageId = 'ami-1') => ({
  nodeName: `ip-${id}`,
  instanceId: `i-${id}`,
  groupName: 'demo-workers',
  imageId,
  version: '1',
  os: 'Linux',
  kernel,
  kubelet: 'v1.34.1',
  launchedAt: '2026-01-01T00:00:00.000Z',
});
const at = (day: number) => new Date(Date.UTC(2026, 2, day));

it('says who came, who went and who changed, each change on top of the one before', () => {
  const first = changeOf(undefined, 'demo', [node('a'), node('b')], at(1));
  const same = changeOf(first?.running, 'demo', [node('b'), node('a')], at(2));
  const second = changeOf(first?.running, 'demo', [node('b', '6.6'), node('c', '6.1', 'ami-2')], at(3));

  expect(first?.change).toMatchObject({ parent: '', nodes: [{ before: null }, { before: null }] });
  expect(same).toBeUndefined();
  expect(second?.change).toMatchObject({
    parent: first?.change.id,
    nodes: [
      { before: { nodeName: 'ip-a' }, after: null },
      { before: { kernel: '6.1' }, after: { kernel: '6.6' } },
      { before: null, after: { imageId: 'ami-2' } },
    ],
  });
  expect(second?.running).toMatchObject({ head: second?.change.id, at: at(3).toISOString() });
  expect(second?.change.id).toMatch(/^[0-9a-f]{12}$/);
});

it('says since when: of a new node since its launch, of one that changed since that was seen', () => {
  const first = changeOf(undefined, 'demo', [node('a'), node('b')], at(1));
  const second = changeOf(first?.running, 'demo', [node('a'), node('b', '6.6')], at(3));

  expect(second?.running.nodes).toMatchObject({
    'i-a': { since: '2026-01-01T00:00:00.000Z' },
    'i-b': { since: at(3).toISOString() },
  });
});
