import { expect, it } from 'vitest';
import type { Finding, FindingKind } from '../../../src/health/finding.ts';
import { healthSight } from '../../../src/wiring/health-sight.ts';

const AT = '2026-03-02T09:00:00.000Z';
const finding = (kind: FindingKind, dueAt: string, ladder: readonly string[] = []) =>
  ({
    id: 'it',
    kind,
    instanceId: '',
    groupName: '',
    symptoms: [{ words: 'short', dueAt, ladder }],
  }) as unknown as Finding;
const soon = '2026-03-02T09:10:00.000Z';

it.each<[string, Finding, boolean]>([
  ['a DaemonSet that is short for a while', finding('daemon-set', AT), true],
  ['a DaemonSet that is short just now, as where nodes come and go', finding('daemon-set', soon), false],
  ['CoreDNS that is short just now', finding('core-dns', soon), false],
  ['a target that is unhealthy just now', finding('targets', soon), true],
  ['a node with a ladder', finding('node', soon, ['restart']), true],
  ['a node that is only shown', finding('node', AT), false],
  ['what is left of a node', finding('node-without-instance', AT, ['replace']), false],
])('%s holds an update: %#', (_, found, holds) => {
  const sight = healthSight({ at: AT, findings: [found], breakers: [] });
  expect(sight !== 'off' && sight.findings.length === 1).toBe(holds);
});
