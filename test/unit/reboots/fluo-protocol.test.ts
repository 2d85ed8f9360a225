import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { beginReboot } from '../../../src/reboots/begin-reboot.ts';
import { checkReboot } from '../../../src/reboots/check-reboot.ts';
import type { RebootNode, RebootNodeChange } from '../../../src/reboots/ports.ts';
import { prepareReboot } from '../../../src/reboots/prepare-reboot.ts';
import { FLUO, NOW, OWNER, rebootPolicy, rebootWorld } from '../../support/reboots/healthy.ts';

interface Line {
  readonly by: 'agent' | 'coordinator' | 'check' | 'kubelet';
  readonly step?: 'prepare' | 'begin' | 'check';
  readonly why: string;
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly node?: Partial<RebootNode>;
}

/** One reboot by FLUO's own operator, from its public source: see the README beside it. */
const conversation = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../fixtures/fluo/conversation.json'), 'utf8'),
) as readonly Line[];
const policy = rebootPolicy({
  beforeRebootAnnotations: ['example.com/before'],
  afterRebootAnnotations: ['example.com/after'],
});

it('writes what FLUO’s own operator writes, and nothing before its agent or a check has spoken', async () => {
  const world = rebootWorld();
  const look = (step: Line['step']) => {
    const target = { instanceId: 'i-0abc', nodeName: '', owner: OWNER, bootId: 'boot-1' };
    if (step === 'prepare')
      return prepareReboot({ ...target, until: '2026-03-01T13:00:00.000Z' }, world.ports, policy, NOW);
    if (step === 'begin') return beginReboot({ ...target, way: 'agent', reason: 'update' }, world.ports, policy, NOW);
    const due = { versionDue: true, osImage: 'Flatcar 4459.2.0', kernelVersion: '6.12.58', commandId: '' };
    const times = { wellSince: '', until: '2026-03-01T13:00:00.000Z', lookedAt: '' };
    return checkReboot({ ...target, ...due, ...times, cluster: 'demo', way: 'agent' }, world.ports, policy, NOW);
  };
  const written: RebootNodeChange[] = [];
  let last: Line['step'];
  for (const { by, step, annotations = {}, labels = {}, node = {} } of conversation) {
    if (by !== 'coordinator') {
      world.write({ annotations: prefixed(annotations), labels: prefixed(labels), node });
      continue;
    }
    // A drain goes before leave.
    if (step === 'begin') {
      expect(await look('prepare')).toMatchObject({ next: 'ready' });
      world.write({ annotations: { 'tender.sh/owner': OWNER }, node: { unschedulable: true } });
    }
    await look(step);
    expect(world.changes.splice(0).map(withoutOurs)).toEqual([
      { annotations: prefixed(annotations), labels: prefixed(labels) },
    ]);
    // Again, as after a lost answer: nothing more is said.
    if (step !== 'begin') await look(step);
    last = step;
    written.push(...world.changes.splice(0));
  }
  expect([last, written]).toEqual(['check', []]);
  expect(world.node()).toMatchObject({
    labels: { [`${FLUO}reboot-needed`]: 'false' },
    annotations: { [`${FLUO}reboot-ok`]: 'false' },
  });
});

function withoutOurs({ annotations = {}, labels = {} }: RebootNodeChange): RebootNodeChange {
  const theirs = Object.entries(annotations).filter(([key]) => key !== 'tender.sh/reboot');
  return { annotations: Object.fromEntries(theirs), labels };
}

function prefixed(values: Readonly<Record<string, string | null>>): Record<string, string | null> {
  const entries = Object.entries(values).map(([key, value]) => [key.includes('/') ? key : FLUO + key, value]);
  return Object.fromEntries(entries) as Record<string, string | null>;
}
