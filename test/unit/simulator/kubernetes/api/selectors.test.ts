import { describe, expect, it } from 'vitest';
import { fieldMatcher, labelMatcher, parseFieldSelector } from '../../../../../simulator/kubernetes/api/selectors.ts';
import { node, pod } from '../test-cluster.ts';

const labelled = (labels: Record<string, string>) => node('n', { labels });

describe('a label selector', () => {
  it.each([
    ['a=1', { a: '1' }, true],
    ['a==1,b!=2', { a: '1' }, true],
    ['b!=2', { b: '2' }, false],
    ['a in (1, 2)', { a: '2' }, true],
    ['a notin (1,2)', {}, true],
    ['a notin (1,2)', { a: '1' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['n>3', { n: '4' }, true],
    ['n<3', { n: '4' }, false],
    ['node-role.kubernetes.io/control-plane', { 'node-role.kubernetes.io/control-plane': '' }, true],
  ])('%s on %j is %s', (selector, labels, expected) => {
    expect(labelMatcher(selector)(labelled(labels as Record<string, string>))).toBe(expected);
  });
});

describe('a field selector', () => {
  it('compares nested fields, and takes an absent flag for false', () => {
    const bound = parseFieldSelector('spec.nodeName=a,status.phase!=Failed', 'pods', true);
    expect(fieldMatcher(bound)(pod('p', {}, { nodeName: 'a' }))).toBe(true);
    expect(fieldMatcher(bound)(pod('p', {}, { nodeName: 'b' }))).toBe(false);
    const cordoned = parseFieldSelector('spec.unschedulable=false', 'nodes', false);
    expect(fieldMatcher(cordoned)({ ...node('n'), spec: {} } as never)).toBe(true);
  });

  it('refuses a field that the kind does not index', () => {
    expect(() => parseFieldSelector('spec.podCIDR=x', 'nodes', false)).toThrow(
      'field label not supported: spec.podCIDR',
    );
  });
});
