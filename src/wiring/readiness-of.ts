import type { Readiness } from '../adoption/hold-hooks.ts';
import type { RightFacts } from '../doctor/ports.ts';
import { lackedRights } from '../kubernetes/inspected-access.ts';
import type { Environment } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { registeredCluster } from './registered-cluster.ts';

/**
 * Whether hooks of a registered cluster would be answered: Tender's own credential, not its administrator's, has the rights that it needs, and where Tender joins
 * nodes, their user data says so.
 * @throws ClusterNotFound, ClusterMisconfigured
 */
export async function readinessOf(
  name: string,
  silent: readonly string[],
  {
    environment,
    rights,
    now,
  }: { readonly environment: Environment; readonly rights: readonly RightFacts[]; readonly now: () => Date },
): Promise<Readiness> {
  const registered = await registeredCluster(name, environment);
  const problem = async () => {
    const lacks = await lackedRights(kubernetesOf(registered, now), rights);
    const named = lacks.map(({ verb, resource }) => `${verb} ${resource}`);
    return named.length === 0 ? '' : `it may not ${named.slice(0, 3).join(', ')}${named.length > 3 ? ', …' : ''}`;
  };
  const credential = await problem().catch((error: unknown) =>
    error instanceof Error ? `${error.name}: ${error.message.replace(/\s*\n-?\s*/g, ' ')}` : String(error),
  );
  return { credential, silent: registered.cluster.bootstrap === 'tender' ? silent : [] };
}
