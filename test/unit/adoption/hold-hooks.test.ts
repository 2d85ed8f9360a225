import { expect, it } from 'vitest';
import { holdHooks } from '../../../src/adoption/hold-hooks.ts';
import type { Change } from '../../../src/adoption/ports.ts';

const hook = (group: string) => ({
  thing: { kind: 'hook', group, name: 'tender-launch' } as const,
  before: null,
  after: { defaultResult: 'ABANDON' },
});

const groupOf = ({ thing }: Change) => (thing.kind === 'hook' ? thing.group : '');

it.each([
  ['nothing hinders', { credential: '', silent: [] }, ['a', 'b'], []],
  ['Tender is not known there', { credential: 'KubernetesUnauthorized', silent: [] }, [], ['a', 'b']],
  ['instances of one would not join', { credential: '', silent: ['b'] }, ['a'], ['b']],
])('puts hooks where somebody answers them: %s', (_case, readiness, ready, held) => {
  const found = holdHooks([hook('a'), hook('b')], readiness);

  expect(found.ready.map(groupOf)).toEqual(ready);
  expect(found.held.map(({ change }) => groupOf(change))).toEqual(held);
});
