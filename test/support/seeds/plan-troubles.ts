import type { Happening, SeedPlan } from './seed-plan.ts';

/** What makes nodes leave, and what others do that keeps Tender from nothing. */
const FAILS_NOBODY: ReadonlySet<Happening['kind']> = new Set([
  'scale-in',
  'scale-out',
  'terminate-in-group',
  'set-unhealthy',
  'detach',
  'spot',
  'rebalance',
  'maintenance',
  'stop',
  'terminate',
  'retire-by-hand',
  'drain-by-hand',
  'delete-group',
  'somebody-cordons',
]);

/** Whether nothing goes wrong in this plan: nodes leave, and every call of Tender's is answered. */
export function nothingFails({ happenings }: SeedPlan): boolean {
  return happenings.every(({ kind }) => FAILS_NOBODY.has(kind));
}

/** Whether load balancers do not answer, or what speaks to them dies. */
export function balancersFail({ happenings }: SeedPlan): boolean {
  return happenings.some(
    (one) =>
      (one.kind === 'service-down' && one.service === 'elasticloadbalancing') ||
      (one.kind === 'bad-call' && one.caller === 'deregister-node'),
  );
}
