import { expect, it } from 'vitest';
import { actionableSignals } from '../../../src/health/actionable-signals.ts';
import { aCluster, aCondition, minute } from '../../support/health/observed.ts';
import { watch } from '../../support/health/watch.ts';

it('what a person who repairs a node by hand may mean by it is each sign that something is done about', () => {
  const conditions = [aCondition('DiskPressure', 'True', 0), aCondition('KernelDeadlock', 'True', 0)];
  const seen = (at: number) =>
    aCluster({ workers: { size: 10, sick: { 3: { conditions, node: { leaseRenewedAt: minute(-9) } } } } }, at);
  const { findings } = watch(9, seen).diagnosis;

  expect(actionableSignals(findings, 'i-workers-0003')).toEqual(['LeaseStopped', 'KernelDeadlock']);
  expect(actionableSignals(findings, 'i-workers-0004')).toEqual([]);
});
