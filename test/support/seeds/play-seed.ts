import { isAtRest, leftoversOf, whyNotAtRest } from './at-rest.ts';
import { drawPlan } from './draw-plan.ts';
import { letHappen } from './happen.ts';
import type { Meddle } from './meddle.ts';
import { nothingFails } from './plan-troubles.ts';
import type { SeedPlan } from './seed-plan.ts';
import { SeedWorld } from './seed-world.ts';
import { storyOf } from './story.ts';
import { Trouble } from './trouble.ts';
import { type Violation, Violations } from './violations.ts';
import { watchAnswers } from './watch-answers.ts';
import { watchCordons } from './watch-cordons.ts';
import { watchDisruptions } from './watch-disruptions.ts';
import { watchExecutions } from './watch-executions.ts';
import { letPass, watchHealth } from './watch-health.ts';
import { watchHooks } from './watch-hooks.ts';
import { watchKubernetes } from './watch-kubernetes.ts';
import { watchTargets } from './watch-targets.ts';
import { watchUndone } from './watch-undone.ts';
import { watchUpdate } from './watch-update.ts';

/** Somebody whose lease is not granted waits a day. */
const LONGEST_HOURS = 30;
/** Events that come again, draining targets, and the controllers of Kubernetes. */
const AFTERMATH_SECONDS = 480;
/** What a dead execution left is swept after ten minutes, by drains that may take as long. */
const PASSES_SECONDS = 1500;
/** In every so many worlds passes look at a cluster that is well for as long as anybody could expect anything of them: they are half of what such a world costs. */
const PATIENT_WORLDS = 4;

/** What became of a seed. */
export interface PlayedSeed {
  readonly violations: readonly Violation[];
  /** Told only when it is asked for. */
  story(): string;
  readonly seconds: number;
}

/**
 * Lets a plan happen until nothing goes on any more, or a rule is broken.
 * @param kept a plan that is played in place of the seed's, with all the passes that it may need
 * @param meddle does what Tender must not, so that a rule is seen to break
 */
export async function playSeed(seed: number, kept?: SeedPlan, meddle: Meddle = () => {}): Promise<PlayedSeed> {
  const plan = kept ?? drawPlan(seed);
  const world = await SeedWorld.create(plan);
  const violations = new Violations(() => world.world.now());
  const trouble = new Trouble(world.world);
  watchHooks(world, trouble, violations);
  watchAnswers(world, violations);
  watchKubernetes(world, violations);
  watchDisruptions(world, violations);
  watchCordons(world, violations);
  watchTargets(world, violations);
  watchExecutions(world, trouble, violations);
  watchUndone(world, violations);
  const passes = watchHealth(world, violations, kept !== undefined || seed % PATIENT_WORLDS === 0);
  const update = watchUpdate(world, violations);
  meddle(world);
  const happenings = letHappen(world, trouble);
  const quietFrom = Math.max(0, ...plan.happenings.map((one) => one.at + lasts(one)));
  const isOver = () => happenings.left() === 0 && world.seconds() > quietFrom && isAtRest(world);
  while (violations.list.length === 0) {
    if (isOver() && passes.areCalm() && !update.goesOn()) {
      passes.stop();
      await world.world.advance(AFTERMATH_SECONDS * 1000);
      if (isOver() && !update.goesOn()) break;
    }
    if (world.seconds() > LONGEST_HOURS * 3600) {
      violations.add('rest', `after ${LONGEST_HOURS} hours it goes on: ${whyNotAtRest(world).join('; ')}`);
      break;
    }
    await world.world.advance(world.seconds() < 3600 ? 15_000 : 60_000);
  }
  if (violations.list.length === 0 && nothingFails(plan))
    for (const one of leftoversOf(world, false)) violations.add('leftovers', `before any pass: ${one}`);
  if (violations.list.length === 0) {
    await syncLoadBalancers(world);
    if (leftoversOf(world).length > 0) await lookAfter(world);
    for (const one of [...leftoversOf(world), ...update.left()]) violations.add('leftovers', one);
  }
  return { violations: violations.list, story: () => storyOf(world, violations.list), seconds: world.seconds() };
}

/** What the schedule would start: it stands still in these worlds, so that nothing goes on when all is done. */
async function syncLoadBalancers({ deployment, cluster, world }: SeedWorld): Promise<void> {
  deployment.start('LoadBalancerSyncMachine', { cluster: cluster.name });
  await world.advance(AFTERMATH_SECONDS * 1000);
}

/** Passes too are made by the schedule: what events did not bring about in time, they do. */
async function lookAfter(seed: SeedWorld): Promise<void> {
  const stop = letPass(seed, 1);
  await seed.world.advance(PASSES_SECONDS * 1000);
  stop();
  await seed.world.advance(AFTERMATH_SECONDS * 1000);
}

function lasts(happening: SeedPlan['happenings'][number]): number {
  if (happening.kind === 'maintenance') return happening.startsInSeconds;
  if (happening.kind === 'spot') return 120;
  return 'seconds' in happening ? happening.seconds : 0;
}
