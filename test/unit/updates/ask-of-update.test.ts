import { expect, it } from 'vitest';
import { type Ask, askOfUpdate } from '../../../src/updates/ask-of-update.ts';
import type { UpdateRecord } from '../../../src/updates/update-record.ts';

const asked = { by: 'ann', at: '2026-03-01T02:00:00.000Z', reason: 'we look at it' };

function ask(what: Ask, record: Partial<UpdateRecord> | undefined, rolls = false) {
  const whole = { status: 'running', asked: null, why: 'disk full', endedAt: '', waitsFor: '', ...record };
  const answer = askOfUpdate(record && (whole as UpdateRecord), what, asked, rolls);
  if (answer.kind === 'refuse') return `refuse: ${answer.why}`;
  return answer.kind === 'start' ? answer.input : answer.record;
}

it('asks an execution that works on it, and takes that back', () => {
  expect(ask('pause', {})).toMatchObject({ status: 'running', asked: { what: 'pause', by: 'ann' } });
  expect(ask('abort', {})).toMatchObject({ status: 'running', asked: { what: 'abort' } });
  expect(ask('roll-back', {})).toMatchObject({ status: 'running', asked: { what: 'roll-back' } });
  expect(ask('resume', { asked: { what: 'pause', ...asked } })).toMatchObject({ asked: null });
  expect(ask('resume', {})).toBe('refuse: it is under way');
});

it('holds, ends, or goes on with one that waits', () => {
  const waiting = { status: 'waiting', waitsFor: 'window' } as const;
  expect(ask('pause', waiting)).toMatchObject({ status: 'waiting', waitsFor: 'pause', asked: { what: 'pause' } });
  expect(ask('abort', waiting)).toMatchObject({
    status: 'stopped',
    asked: null,
    endedAt: asked.at,
    why: 'ann aborted it: we look at it',
  });
  expect(ask('roll-back', waiting)).toEqual({ rollBack: true });
  expect(ask('resume', waiting)).toEqual({ resume: true });
});

it('ends none that EKS is at work with, whether somebody watches or not, and one that nobody watches when EKS has ended it', () => {
  const managed = {
    clusterName: 'demo',
    nodeGroup: 'general',
    askedAt: '2026-03-01T01:00:00Z',
    updateId: 'u',
    refused: '',
  };
  const atEks = { way: 'managed', waves: 0, managed } as const;
  for (const status of ['running', 'waiting'] as const)
    for (const what of ['pause', 'abort'] as const)
      expect(ask(what, { ...atEks, status }, true)).toBe('refuse: EKS stops no update that it has begun');
  expect(ask('abort', { ...atEks, status: 'running' })).toMatch(/refuse: EKS has ended it, and its execution ends/);
  expect(ask('pause', { ...atEks, status: 'waiting' })).toMatch(/refuse: EKS has ended it, .* abort ends it/);
  expect(ask('abort', { ...atEks, status: 'waiting' })).toMatchObject({ status: 'stopped', endedAt: asked.at });
  expect(ask('abort', { ...atEks, status: 'waiting', managed: { ...managed, askedAt: '' } })).toMatchObject({
    status: 'stopped',
  });
});

it('goes on with one that has stopped, or back, and does not stop it twice', () => {
  expect(ask('resume', { status: 'stopped' })).toEqual({ resume: true });
  expect(ask('roll-back', { status: 'stopped' })).toEqual({ rollBack: true });
  expect(ask('abort', { status: 'stopped', way: 'image' })).toBe(
    'refuse: it has stopped already, and nothing of it goes on by itself (disk full). resume goes on with it, abort --rollback goes back',
  );
  expect(ask('pause', { status: 'stopped', way: 'in-place' })).toMatch(/\(disk full\)\. resume goes on with it$/);
});

it('takes one that is done back, and leaves what is over otherwise', () => {
  const done = { status: 'done', endedAt: '2026-02-01T00:00:00Z' } as const;
  expect(ask('roll-back', done)).toEqual({ rollBack: true });
  expect(ask('pause', done)).toBe('refuse: its last update is over (done at 2026-02-01T00:00:00Z)');
  expect(ask('resume', { ...done, status: 'rolled-back' })).toContain('refuse: its last update is over (rolled-back');
  expect(ask('pause', undefined)).toBe('refuse: it was never updated');
});
