import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../src/health/breakers.ts';
import type { Ledger, Work } from '../../../src/health/ledger.ts';
import { emptyMemory } from '../../../src/health/memory.ts';
import type { Observations, ObservedMember } from '../../../src/health/observations.ts';
import { minute, stored } from '../../support/health/observed.ts';
import { type RandomHour, randomHours } from '../../support/health/random-clusters.ts';
import { idle, type Pass, pass } from '../../support/health/watch.ts';

/** Hours for each property; `npm run test:long` plays more. */
const runs = { numRuns: process.env.TENDER_LONG ? 30 : 8 };

interface Moment {
  readonly at: number;
  readonly seen: Observations;
  readonly ledger: Ledger;
  readonly pass: Pass;
  /** Repairs that run, those of this pass included, listed or not. */
  readonly running: readonly Work[];
}

/** Plays an hour with a memory: a repair is listed a minute after it was started, runs for some minutes, and ends somehow. */
function play({ seen, policy }: RandomHour, lasts: readonly number[]): readonly Moment[] {
  const moments: Moment[] = [];
  const repairs: (Work & { readonly from: number; readonly until: number })[] = [];
  let memory = emptyMemory;
  for (let at = 0; at <= 75; at += 1) {
    const now = { ...seen(at), memory };
    const ledger: Ledger = {
      work: { value: repairs.filter(({ from, until }) => from < at && until > at) },
      ended: repairs
        .filter(({ until }) => until <= at)
        .map(({ execution, until }) => ({
          execution,
          status: until % 2 === 0 ? 'SUCCEEDED' : 'FAILED',
          outcome: '',
          at: minute(until),
        })),
    };
    const made = pass(now, { policy, ledger });
    for (const decision of made.verdict.decisions) {
      if (decision.action !== 'repair' || repairs.some(({ execution }) => execution === decision.execution)) continue;
      const finding = made.diagnosis.findings.find(({ id }) => id === decision.finding);
      const { instanceId, nodeName, execution } = decision;
      const { groupName = '', zone = '' } = finding ?? {};
      const until = at + (lasts[repairs.length % lasts.length] ?? 5);
      repairs.push({
        instanceId,
        nodeName,
        groupName,
        zone,
        workflow: 'node-repair',
        execution,
        reason: '',
        since: minute(at),
        from: at,
        until,
      });
    }
    moments.push({ at, seen: now, ledger, pass: made, running: repairs.filter(({ until }) => until > at) });
    memory = made.memory;
  }
  return moments;
}

const hoursPlayed = fc
  .record({ hour: randomHours, lasts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }) })
  .map(({ hour, lasts }) => ({ hour, moments: play(hour, lasts) }));

function check(property: (moment: Moment, hour: RandomHour) => void): void {
  fc.assert(
    fc.property(hoursPlayed, ({ hour, moments }) => {
      for (const moment of moments) property(moment, hour);
    }),
    runs,
  );
}

function membersOf({ groups }: Observations): readonly (ObservedMember & { readonly groupName: string })[] {
  if (!('value' in groups)) return [];
  return groups.value.flatMap(({ name, members }) =>
    members.filter(({ lifecycleState }) => lifecycleState === 'InService').map((one) => ({ ...one, groupName: name })),
  );
}

const starts = ({ pass: { verdict } }: Moment) => verdict.decisions.filter(({ action }) => action === 'repair');

describe('whatever happens in an hour', () => {
  it('never more are repaired at once than a breaker allows, when another repair begins', () => {
    check((moment, { policy }) => {
      if (starts(moment).length === 0) return;
      const members = membersOf(moment.seen);
      const { running } = moment;
      const pools = [
        { name: 'cluster', size: members.length, busy: running },
        ...[...new Set(running.map(({ groupName }) => groupName))].map((name) => ({
          name: `group ${name}`,
          size: members.filter(({ groupName }) => groupName === name).length,
          busy: running.filter(({ groupName }) => groupName === name),
        })),
        ...[...new Set(running.map(({ zone }) => zone))].map((name) => ({
          name: `zone ${name}`,
          size: members.filter(({ zone }) => zone === name).length,
          busy: running.filter(({ zone }) => zone === name),
        })),
      ].filter(({ name }) => name === 'cluster' || starts(moment).some((one) => isIn(one.finding, name, moment)));
      for (const pool of pools) {
        const instances = new Set(pool.busy.map(({ instanceId }) => instanceId));
        expect(instances.size, pool.name).toBeLessThanOrEqual(limitOf(pool, policy.breaker));
      }
    });
  });

  it('each finding has exactly one decision, in the same order, and each decision has words', () => {
    check(({ pass: { diagnosis, verdict } }) => {
      expect(verdict.decisions.map(({ finding }) => finding)).toEqual(diagnosis.findings.map(({ id }) => id));
      expect(new Set(diagnosis.findings.map(({ id }) => id)).size).toBe(diagnosis.findings.length);
      expect(verdict.decisions.filter(({ words }) => words === '')).toEqual([]);
    });
  });

  it('deciding twice on the same does the same', () => {
    check(({ seen, ledger, pass: made }, { policy }) => {
      expect(pass(stored(seen as never) as never, { policy, ledger })).toEqual(made);
    });
  });

  it('a node that is well gets no action', () => {
    check(({ seen, pass: { verdict } }) => {
      const nodes = 'value' in seen.nodes ? seen.nodes.value : [];
      const instances = new Map(
        'value' in seen.instances ? seen.instances.value.map((one) => [one.instanceId, one]) : [],
      );
      const well = nodes.filter(({ instanceId, conditions, leaseRenewedAt, joining }) => {
        const { state, systemStatus, instanceStatus } = instances.get(instanceId) ?? {};
        const says = conditions.every(({ type, status }) => type === 'Ready' && status === 'True');
        return (
          says &&
          !joining &&
          state === 'running' &&
          systemStatus === 'ok' &&
          instanceStatus === 'ok' &&
          leaseRenewedAt !== null &&
          Date.parse(leaseRenewedAt) > Date.parse(seen.at) - 30_000
        );
      });
      const touched = verdict.decisions.filter(
        (one) => (one.action === 'repair' && one.signal !== 'Flapping') || one.action === 'delete-node',
      );
      const ids = new Set(well.map(({ instanceId }) => instanceId));
      expect(touched.filter(({ finding }) => ids.has(finding))).toEqual([]);
    });
  });

  it('the cord means no action but telling', () => {
    check(({ at, pass: { verdict } }, { andon }) => {
      if (!andon(at)) return;
      expect(verdict.decisions.filter(({ action }) => action !== 'none' && action !== 'page')).toEqual([]);
    });
  });

  it('off means no action, and notify none but telling', () => {
    check(({ pass: { verdict } }, { policy }) => {
      const acted = verdict.decisions.filter(({ action }) => action !== 'none').map(({ action }) => action);
      if (policy.repair === 'off') expect(acted).toEqual([]);
      if (policy.repair === 'notify') expect(acted.filter((action) => action !== 'page')).toEqual([]);
    });
  });

  it('nothing is done on what was seen more than two minutes ago, and nothing is learnt from it', () => {
    check(({ seen, ledger }, { policy }) => {
      const late = pass(seen, { policy, ledger, now: new Date(Date.parse(seen.at) + 120_001) });

      expect(late.verdict.decisions.filter(({ action }) => action !== 'none')).toEqual([]);
      expect(late.memory).toEqual(seen.memory);
    });
  });

  it('while the API server is away no node is touched', () => {
    check(({ seen, pass: { verdict } }) => {
      if (!seen.apiServer.reachable)
        expect(verdict.decisions.filter(({ action }) => action !== 'none' && action !== 'page')).toEqual([]);
    });
  });

  it('the control plane goes one at a time', () => {
    check(({ seen, running }) => {
      const roles = new Map('value' in seen.groups ? seen.groups.value.map(({ name, role }) => [name, role]) : []);
      const ids = running
        .filter(({ groupName }) => roles.get(groupName) === 'control-plane')
        .map(({ instanceId }) => instanceId);
      expect(new Set(ids).size).toBeLessThanOrEqual(1);
    });
  });

  it('a person is told once of an episode', () => {
    fc.assert(
      fc.property(hoursPlayed, ({ moments }) => {
        const keys = moments.flatMap(({ pass: { verdict } }) =>
          verdict.decisions.flatMap((one) => (one.action === 'page' ? [one.key] : [])),
        );
        expect(new Set(keys).size).toBe(keys.length);
      }),
      runs,
    );
  });

  it('a memory that was lost makes nothing happen that would not with it', () => {
    check(({ seen, ledger }, { policy }) => {
      const { verdict } = pass({ ...seen, memory: emptyMemory }, { policy, ledger });
      const signals = verdict.decisions.flatMap((one) => (one.action === 'repair' ? [one.signal] : []));
      // EC2 itself says since when.
      expect(signals.filter((signal) => signal !== 'SystemStatus')).toEqual([]);
    });
  });

  it('a memory is plain: JSON changes nothing about it', () => {
    check(({ pass: { memory, diagnosis, verdict } }) => {
      expect(stored(memory)).toStrictEqual(memory);
      expect(JSON.parse(JSON.stringify({ diagnosis, verdict }))).toStrictEqual({ diagnosis, verdict });
    });
  });
});

describe('an hour of nobody at work', () => {
  it('does the same in every order in which nodes and groups are listed', () => {
    fc.assert(
      fc.property(randomHours, fc.integer({ min: 0, max: 70 }), ({ seen, policy }, at) => {
        const now = seen(at);
        const backwards = { ...now, ...reversed(now) };

        expect(pass(backwards, { policy, ledger: idle }).verdict).toEqual(pass(now, { policy, ledger: idle }).verdict);
      }),
      runs,
    );
  });
});

function reversed({ nodes, instances }: Observations): Partial<Observations> {
  return {
    ...('value' in nodes ? { nodes: { value: nodes.value.toReversed() } } : {}),
    ...('value' in instances ? { instances: { value: instances.value.toReversed() } } : {}),
  };
}

function isIn(finding: string, pool: string, { running }: Moment): boolean {
  return running.some(
    ({ instanceId, groupName, zone }) =>
      instanceId === finding && [`group ${groupName}`, `zone ${zone}`].includes(pool),
  );
}
