import { expect, it } from 'vitest';
import type { Cluster } from '../../../src/clusters/cluster.ts';
import type { RegisteredCluster } from '../../../src/wiring/registered-cluster.ts';
import { updateWindow } from '../../../src/wiring/update-window.ts';
import { scriptedAws } from '../aws/scripted-aws.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const blackouts = [{ from: '2026-01-01', until: '2026-01-01' }];
const calendar = (nextChange: string, State = 'OPEN') =>
  ({
    cluster: { updates: { windows: [], blackouts, changeCalendar: 'arn:calendar', groups: {} } } as unknown as Cluster,
    aws: scriptedAws({ GetCalendarState: () => ({ State, NextTransitionTime: nextChange }) }),
  }) as unknown as RegisteredCluster;

it('a Change Calendar says until when it is open, and nobody knows since when', async () => {
  expect(await updateWindow(calendar('2026-03-02T13:00:00Z'), 'workers', NOW)).toEqual({
    open: true,
    until: '2026-03-02T13:00:00.000Z',
    next: '',
    why: 'open at any time',
  });
  // It does not close: what the blackout leaves open since its end is.
  expect(await updateWindow(calendar(''), 'workers', NOW)).toMatchObject({
    open: true,
    since: '2026-01-02T00:00:00.000Z',
  });
  expect(await updateWindow(calendar('', 'CLOSED'), 'workers', NOW)).toMatchObject({ open: false });
});
