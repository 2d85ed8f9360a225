import { expect, it } from 'vitest';
import { advanceUpdate, type UpdateServices } from '../../../src/updates/advance-update.ts';
import type { UpdateRecord } from '../../../src/updates/update-record.ts';
import { UpdateModel } from '../../support/updates/model.ts';
import { aRecord } from '../../support/updates/record.ts';

/** A group whose version Auto Scaling refuses to change. */
function refusing() {
  const model = new UpdateModel({ nodes: 3, room: 3, random: () => 0.5 });
  const nothing = async () => {};
  const state = { record: aRecord() as UpdateRecord, minutes: 0 };
  const services = {
    rules: { ...model.rules, joinMinutes: 30 },
    records: {
      read: async () => ({ record: state.record, etag: '1' }),
      write: async (record: UpdateRecord) => {
        state.record = record;
        return { etag: '1' };
      },
      keep: nothing,
      ofCluster: async () => [],
    },
    groups: {
      describe: async () => model.group,
      pin: async () => Promise.reject(new Error('You are not authorized to use launch template lt-1')),
      raise: nothing,
      lower: nothing,
      drop: nothing,
      suspend: nothing,
      resume: nothing,
    },
    nodes: {
      list: async () => model.sight().nodes,
      mark: nothing,
      pods: async () => ({ unready: [], restarted: [], revisions: [] }),
      hasAutoscaler: async () => false,
    },
    workflows: { start: nothing, fate: async () => undefined, isRunning: async () => true },
    badImages: { read: async () => undefined, mark: nothing },
    managed: { describe: async () => undefined, roll: async () => ({ refused: '' }), update: async () => undefined },
    surroundings: {
      health: async () => 'off' as const,
      failedJoins: async () => 0,
      andon: async () => null,
      pausedUntil: async () => undefined,
      window: async () => ({ open: true, until: '', next: '', why: '' }),
      gates: async () => ({ closed: [], unknown: [] }),
      etcdLeader: async () => '',
      found: async () => '',
      wanting: async () => [],
    },
  } satisfies UpdateServices;
  return { state, services };
}

it('an update whose version Auto Scaling refuses says so while it tries, and in the reason for which it stops', async () => {
  const { state, services } = refusing();
  const words: string[] = [];
  const now = () => new Date(Date.parse('2026-03-01T11:00:00Z') + state.minutes * 60_000);
  for (; state.record.status === 'running' && state.minutes < 120; state.minutes += 1) {
    await advanceUpdate({ cluster: 'demo', groupName: 'workers', execution: 'one' }, services, now);
    words.push(state.record.why);
  }
  const refusal = 'pin: Error: You are not authorized to use launch template lt-1';
  expect(words.some((why) => why.includes(`it could not do all of it: ${refusal}`))).toBe(true);
  expect(state.record.status).toBe('stopped');
  expect(state.record.why).toContain(`could not be raised for 30 minutes: ${refusal}`);
});
