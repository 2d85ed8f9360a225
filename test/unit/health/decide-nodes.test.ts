import { describe, expect, it } from 'vitest';
import { aCluster, aCondition, type Sickness } from '../../support/health/observed.ts';
import { said, watch } from '../../support/health/watch.ts';

const notReady: Sickness = { conditions: [aCondition('Ready', 'False', 0, { reason: 'KubeletNotReady' })] };
const unknown: Sickness = { conditions: [aCondition('Ready', 'Unknown', 0, { reason: 'NodeStatusUnknown' })] };

describe('a node of ten', () => {
  it.each<[string, Sickness, number, string]>([
    ['that is well is left alone', {}, 10, 'well'],
    ['that is not Ready waits', notReady, 2, 'waits: Ready is False (KubeletNotReady): waits 3 min more'],
    ['for five minutes is repaired', notReady, 5, 'repair: restart, reboot, replace, page'],
    ['that says nothing the same', unknown, 5, 'repair: restart, reboot, replace, page'],
  ])('%s', (_, sickness, minutes, expected) => {
    const last = watch(minutes, (at) => aCluster({ workers: { size: 10, sick: { 3: sickness } } }, at));

    expect(said(last, 'i-workers-0003')).toBe(expected);
  });
});
