import { describe, expect, it } from 'vitest';
import { openOrClosed } from '../../../src/health/breaker-changes.ts';
import { zonalShiftsOf } from '../../../src/health/zonal-shifts.ts';
import { aCluster, aCondition } from '../../support/health/observed.ts';
import { watch } from '../../support/health/watch.ts';

const { groups, nodes } = aCluster({ workers: { size: 3 } }, 0);
const targets = (name: string, shiftedAway: readonly string[]) => ({ name, registered: 3, unhealthy: [], shiftedAway });

describe('zones that traffic is led away from', () => {
  it.each<[string, readonly ReturnType<typeof targets>[], readonly object[]]>([
    ['none while no target is overridden', [targets('a', [])], []],
    [
      'that of a target which gets no traffic',
      [targets('a', ['i-workers-0001'])],
      [{ zone: 'us-east-1b', why: 'target group a' }],
    ],
    [
      'once, whoever says it',
      [targets('a', ['i-workers-0001']), targets('b', ['i-workers-0001'])],
      [{ zone: 'us-east-1b', why: 'target group a, b' }],
    ],
    ['none of a target that is nobody of the cluster', [targets('a', ['i-other', '10.9.9.9'])], []],
  ])('%s', (_, value, expected) => {
    expect(zonalShiftsOf({ value }, groups, nodes)).toEqual({ value: expected });
  });

  it('are by the Node where the groups cannot be seen, and unknown where the targets cannot', () => {
    const seen = { value: [targets('a', ['i-workers-0002'])] };
    expect(zonalShiftsOf(seen, { problem: 'denied' }, nodes)).toEqual({
      value: [{ zone: 'us-east-1c', why: 'target group a' }],
    });
    expect(zonalShiftsOf({ problem: 'denied' }, groups, nodes)).toEqual({ problem: 'denied' });
  });
});

describe('the breaker of a zone that traffic is led away from', () => {
  const notReady = { conditions: [aCondition('Ready', 'False', 0)] };
  const zonalShifts = { value: [{ zone: 'us-east-1b', why: 'autoshift' }] };
  const told = (...sick: number[]) => {
    const fleet = { size: 40, sick: Object.fromEntries(sick.map((one) => [one, notReady])) };
    const { breakers } = watch(5, (at) => aCluster({ workers: fleet }, at, { zonalShifts })).verdict;
    const open = breakers.filter((one) => one.open);
    const changes = openOrClosed({ breakers } as Parameters<typeof openOrClosed>[0], undefined);
    return open.map(({ words }, index) => [words, changes[index]?.shifted]);
  };

  it.each<[string, number[], unknown[]]>([
    ['is of the shift alone while its nodes are well', [], [['zonal shift away from us-east-1b (autoshift)', true]]],
    [
      'counts what is sick there',
      [1],
      [['zonal shift away from us-east-1b (autoshift); 1 of 14 unhealthy in the zone', true]],
    ],
    [
      'is its own as well where most of it fails',
      [1, 4, 7, 10, 13, 16, 19, 22],
      [['zonal shift away from us-east-1b (autoshift); 8 of 14 unhealthy in the zone', false]],
    ],
  ])('%s', (_, sick, expected) => {
    expect(told(...sick)).toEqual(expected);
  });
});
