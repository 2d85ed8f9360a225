import { describe, expect, it } from 'vitest';
import { zonalShiftsOf } from '../../../src/health/zonal-shifts.ts';
import { aCluster } from '../../support/health/observed.ts';

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
