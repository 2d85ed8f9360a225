import { describe, expect, it } from 'vitest';
import { jsonPatch, mergePatch, strategicMerge } from '../../../../../simulator/kubernetes/api/patch.ts';

describe('merge patch', () => {
  it('deletes what is null, merges objects and replaces lists', () => {
    const target = { a: 1, labels: { x: '1', y: '2' }, list: [1, 2] };
    expect(mergePatch(target, { labels: { x: null, z: '3' }, list: [3] })).toEqual({
      a: 1,
      labels: { y: '2', z: '3' },
      list: [3],
    });
  });
});

describe('strategic merge patch', () => {
  it('merges conditions by type and keeps the others', () => {
    const target = {
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'Disk', status: 'False' },
        ],
      },
    };
    expect(strategicMerge(target, { status: { conditions: [{ type: 'Ready', status: 'True' }] } })).toEqual({
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Disk', status: 'False' },
        ],
      },
    });
  });

  it('replaces taints whole, because the API declares no merge key for them', () => {
    const target = { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } };
    const patch = { spec: { taints: [{ key: 'b', effect: 'NoSchedule' }] } };
    expect(strategicMerge(target, patch)).toEqual(patch);
  });

  it('deletes an element by directive, and from a set of plain values', () => {
    const target = { spec: { containers: [{ name: 'a' }, { name: 'b' }] }, metadata: { finalizers: ['x', 'y'] } };
    const patch = {
      spec: { containers: [{ name: 'a', $patch: 'delete' }] },
      metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] },
    };
    expect(strategicMerge(target, patch)).toEqual({
      spec: { containers: [{ name: 'b' }] },
      metadata: { finalizers: ['y'] },
    });
  });

  it('refuses a list element without its merge key', () => {
    const patch = { spec: { containers: [{ image: 'x' }] } };
    expect(() => strategicMerge({}, patch)).toThrow('does not contain declared merge key: name');
  });
});

describe('json patch', () => {
  it('adds, removes, moves and tests, with escaped slashes in names', () => {
    const target = { metadata: { labels: { 'a/b': '1' } }, list: [1, 2] };
    const patch = [
      { op: 'test', path: '/metadata/labels/a~1b', value: '1' },
      { op: 'move', from: '/metadata/labels/a~1b', path: '/metadata/labels/c' },
      { op: 'add', path: '/list/-', value: 3 },
      { op: 'remove', path: '/list/0' },
    ];
    expect(jsonPatch(target, patch)).toEqual({ metadata: { labels: { c: '1' } }, list: [2, 3] });
    expect(target.list).toEqual([1, 2]);
  });

  it('refuses a failed test and a missing path', () => {
    expect(() => jsonPatch({ a: 1 }, [{ op: 'test', path: '/a', value: 2 }])).toThrow('rejected our request');
    expect(() => jsonPatch({ a: 1 }, [{ op: 'remove', path: '/b' }])).toThrow('rejected our request');
  });
});
