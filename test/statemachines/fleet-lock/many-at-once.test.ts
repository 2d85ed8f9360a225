import { expect, it } from 'vitest';
import { fleetLockResources, lockIdOf, send } from '../../support/scenarios/fleet-lock.ts';
import { rehearseUpdate } from '../../support/scenarios/reboots.ts';

/** A world of two hundred nodes takes half a minute to make; test/unit/reboots/fleet-lock.test.ts has as many without one. */
const long = process.env.TENDER_LONG !== undefined;
const machines = 200;

it.runIf(long)(
  `${machines} machines that ask at once get one lock, and an answer each`,
  { timeout: 600_000 },
  async () => {
    const { scenario, workers } = await rehearseUpdate({
      workers: machines,
      entry: { schedules: { healthMinutes: 0 } },
      application: { pods: 2 },
      cloud: { moreResources: await fleetLockResources() },
    });
    const answers: { status: number; kind: string }[] = [];
    const askedAt = scenario.world.now();
    for (const worker of workers) {
      const question = { path: '/demo/v1/pre-reboot', id: lockIdOf(scenario, worker) };
      void send(scenario, question).then((answer) => answers.push(answer));
    }
    await scenario.world.until('all are answered', () => answers.length === machines, 60_000);
    const kinds = Map.groupBy(answers, ({ status, kind }) => `${status} ${kind}`.trim());
    expect(kinds.get('409 failed_node_not_drained')).toHaveLength(1);
    // Auto Scaling's throttle may meet some for longer than a request waits: that is no yes, and they ask again.
    expect((kinds.get('503 failed_unavailable') ?? []).length).toBeLessThan(machines / 8);
    const others = ['409 failed_node_not_drained', '503 failed_unavailable'];
    // API Gateway's throttle lets forty in at once.
    const refused = [...kinds.keys()].filter((kind) => !others.includes(kind)).sort();
    expect(refused).toEqual(['409 failed_lock_semaphore_full', '429']);
    expect(scenario.outcomes('node-update')).toEqual(['running']);
    expect(scenario.world.now() - askedAt).toBeLessThan(30_000);
  },
);
