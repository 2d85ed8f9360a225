import { describe, expect, it } from 'vitest';
import { beginReboot } from '../../../src/reboots/begin-reboot.ts';
import { type CheckRebootInput, checkReboot } from '../../../src/reboots/check-reboot.ts';
import { settleReboot } from '../../../src/reboots/settle-reboot.ts';
import { FLUO, NOW, OWNER, type RebootWorld, rebootPolicy, rebootWorld } from '../../support/reboots/healthy.ts';

const input: CheckRebootInput = {
  cluster: 'demo',
  instanceId: 'i-0abc',
  nodeName: 'ip-10-0-1-23',
  owner: OWNER,
  way: 'reboot',
  bootId: 'boot-1',
  osImage: 'Flatcar 4459.2.0',
  kernelVersion: '6.12.58',
  versionDue: false,
  commandId: '',
  wellSince: '',
  until: '2026-03-01T12:30:00.000Z',
  lookedAt: '2026-03-01T11:59:45.000Z',
};
const later = (minutes: number) => new Date(NOW.getTime() + 60_000 * minutes);

async function check(world: RebootWorld, given: Partial<CheckRebootInput> = {}, now = NOW) {
  const { next, why, until, wellSince } = await checkReboot(
    { ...input, ...given },
    rebootWorld(world).ports,
    rebootPolicy(),
    now,
  );
  return { next, why, until, wellSince };
}

const booted = { bootId: 'boot-2' };
const newer = { ...booted, osImage: 'Flatcar 4459.2.1' };

describe('a node that was rebooted', () => {
  it('is watched from its next boot on, and updated when it stays Ready', async () => {
    expect(await check({})).toMatchObject({ next: 'wait', why: 'it has not booted again yet' });
    expect(await check({ node: { ...booted, ready: false } })).toMatchObject({ next: 'wait', wellSince: '' });
    expect(await check({ node: booted })).toMatchObject({ next: 'wait', wellSince: NOW.toISOString() });
    expect(await check({ node: booted }, { wellSince: NOW.toISOString() }, later(1))).toMatchObject({ next: 'wait' });
    expect(await check({ node: booted }, { wellSince: NOW.toISOString() }, later(2))).toMatchObject({
      next: 'updated',
    });
  });

  it('has to run something else where that was due: its system or its kernel', async () => {
    const due = { versionDue: true, wellSince: NOW.toISOString() };
    expect(await check({ node: booted }, due, later(2))).toMatchObject({ next: 'failed' });
    expect(await check({ node: newer }, due, later(2))).toMatchObject({ next: 'updated' });
    expect(await check({ node: { ...booted, kernelVersion: '6.12.61' } }, due, later(2))).toMatchObject({
      next: 'updated',
    });
  });

  it('is lost when its time is up and it is not there, and failed when it is', async () => {
    expect(await check({ node: { ...booted, ready: false } }, {}, later(30))).toMatchObject({ next: 'lost' });
    expect(await check({ node: { ready: false } }, {}, later(30))).toMatchObject({ next: 'lost' });
    expect(await check({ node: 'none' }, {}, later(30))).toMatchObject({ next: 'lost' });
    expect(await check({}, {}, later(30))).toMatchObject({ next: 'failed' });
  });

  it('has more time where nobody could look', async () => {
    expect(await check({ node: 'unknown' }, {}, later(60))).toMatchObject({
      next: 'wait',
      until: '2026-03-01T13:30:15.000Z',
    });
  });

  it('is another’s once it goes', async () => {
    expect(await check({ place: { lifecycleState: 'Terminating:Wait' } })).toMatchObject({ next: 'aside' });
  });

  it('of its own accord is not taken for one that did not reboot before its kubelet can have told of the new boot', async () => {
    const released = { owner: OWNER, way: 'lock', bootId: 'boot-1', step: 'released', since: NOW.toISOString() };
    const annotations = { 'tender.sh/reboot': JSON.stringify(released) };
    const lock = { way: 'lock', until: later(1).toISOString() } as const;
    expect(await check({ node: { annotations } }, lock, later(5))).toMatchObject({ next: 'wait' });
    expect(await check({ node: { ...booted, annotations } }, lock, later(5))).toMatchObject({
      wellSince: later(5).toISOString(),
    });
    expect(await check({ node: { annotations } }, lock, later(6))).toMatchObject({
      next: 'aside',
      why: 'its client has given the lock back, and did not reboot',
    });
  });

  it('of its own accord by a client that never heard yes is nobody’s failure: it serves on; of one that heard it is', async () => {
    const held = { owner: OWNER, way: 'lock', bootId: 'boot-1', step: 'asked', since: NOW.toISOString() };
    const marked = (mark: object) => ({ node: { annotations: { 'tender.sh/reboot': JSON.stringify(mark) } } });
    const lock = { way: 'lock' } as const;
    expect(await check(marked(held), lock, later(29))).toMatchObject({ next: 'wait' });
    expect(await check(marked(held), lock, later(30))).toMatchObject({ next: 'aside' });
    expect(await check(marked({ ...held, told: true }), lock, later(30))).toMatchObject({ next: 'failed' });
    const refused = { ...held, step: 'released', refused: 'closed until 02:00' };
    expect(await check(marked(refused), lock, later(6))).toMatchObject({
      next: 'aside',
      why: 'its client was refused the lock in the end: closed until 02:00',
    });
  });

  it('says why its machine does not reboot', async () => {
    const result = { status: 'failed' as const, output: '', errors: 'shutdown: not permitted' };
    expect(await check({ result }, { way: 'document', commandId: 'command-2' })).toMatchObject({
      next: 'failed',
      why: 'its machine does not reboot: shutdown: not permitted',
    });
  });
});

describe('a reboot', () => {
  const begin = { instanceId: 'i-0abc', nodeName: '', owner: OWNER, bootId: 'boot-1', reason: 'update' };
  const emptied = { unschedulable: true, annotations: { 'tender.sh/owner': OWNER, [`${FLUO}reboot-needed`]: 'true' } };

  it.each([
    ['not cordoned', { annotations: emptied.annotations }],
    ['emptied by another', { unschedulable: true, annotations: { 'tender.sh/owner': 'somebody' } }],
  ])('is never asked for on a node that is %s', async (_what, node) => {
    for (const way of ['agent', 'document', 'reboot'] as const) {
      const { ports, sent, changes } = rebootWorld({ node });
      expect(await beginReboot({ ...begin, way }, ports, rebootPolicy(), NOW)).toMatchObject({ begun: false });
      expect([sent, changes]).toEqual([[], []]);
    }
  });

  it('is asked for once: one that has booted since is left alone', async () => {
    const { ports, sent } = rebootWorld({ node: { ...emptied, ...booted } });
    expect(await beginReboot({ ...begin, way: 'reboot' }, ports, rebootPolicy(), NOW)).toMatchObject({ begun: true });
    expect(sent).toEqual([]);
  });

  it('is not called back by settling, which waits until the node is there again', async () => {
    const { ports, write, node } = rebootWorld({ node: emptied });
    await beginReboot({ ...begin, way: 'agent' }, ports, rebootPolicy(), NOW);
    const settle = (now: Date) =>
      settleReboot({ instanceId: 'i-0abc', nodeName: '', owner: OWNER }, ports, rebootPolicy(), now);
    expect(await settle(later(1))).toMatchObject({ settled: false, why: 'a reboot may still be on its way' });
    expect(node()).toMatchObject({ annotations: { [`${FLUO}reboot-ok`]: 'false' } });
    write({ annotations: { [`${FLUO}reboot-in-progress`]: 'true' } });
    expect(await settle(later(10))).toMatchObject({ settled: false, why: 'its agent is rebooting it' });
    write({ node: { ready: false } });
    expect(await settle(later(10))).toMatchObject({ settled: false });
    write({ node: { ...booted, ready: true } });
    expect(await settle(later(10))).toMatchObject({ settled: true });
    expect(node()).not.toHaveProperty(['annotations', 'tender.sh/reboot']);
  });

  it('of another execution is not settled, and one that did not come is, after six minutes', async () => {
    const { ports } = rebootWorld({ node: emptied });
    await beginReboot({ ...begin, way: 'reboot' }, ports, rebootPolicy(), NOW);
    const target = { instanceId: 'i-0abc', nodeName: '' };
    expect(await settleReboot({ ...target, owner: 'other' }, ports, rebootPolicy(), later(1))).toMatchObject({
      settled: true,
    });
    expect(await settleReboot({ ...target, owner: OWNER }, ports, rebootPolicy(), later(5))).toMatchObject({
      settled: false,
    });
    expect(await settleReboot({ ...target, owner: OWNER }, ports, rebootPolicy(), later(6))).toMatchObject({
      settled: true,
    });
  });
});
