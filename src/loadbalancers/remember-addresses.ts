import type { BalancerView } from './plan-sync.ts';
import type { Standing } from './standings.ts';

/**
 * Whose the registered addresses are: of members that are there now, and of former ones for as long as their address is registered anywhere. Pure.
 *
 * @param before what was remembered
 * @param sawAll whether all groups could be looked at; otherwise nothing is forgotten
 */
export function rememberAddresses(
  views: readonly BalancerView[],
  members: ReadonlyMap<string, Standing>,
  before: ReadonlyMap<string, string>,
  sawAll: boolean,
): ReadonlyMap<string, string> {
  const registered = new Set(
    views.filter(({ byAddress }) => byAddress).flatMap((view) => view.registered.map(({ target }) => target.id)),
  );
  const former = [...before].filter(([address]) => registered.has(address) || !sawAll);
  const present = [...members.values()]
    .filter(({ ipAddress, as }) => as !== 'gone' && registered.has(ipAddress))
    .map(({ ipAddress, instanceId }) => [ipAddress, instanceId] as const);
  return new Map([...former, ...present]);
}
