import type { Finding, FindingKind } from './finding.ts';
import type { Ledger } from './ledger.ts';
import type { ObservedReplicas } from './observations.ts';
import { partNames, problemOf, seenOr, unseenParts } from './seen.ts';
import { findingOf, type Sight, type Sign, symptomOf } from './sight.ts';

/** What is wrong with the cluster, and with no node of it. */
export function clusterFindings(sight: Sight): readonly Finding[] {
  return [
    ...apiServer(sight),
    ...daemonSets(sight),
    ...coreDns(sight),
    ...targets(sight),
    ...images(sight),
    ...parts(sight),
  ];
}

/** A finding that is of no node. */
export function findingOfCluster(
  id: string,
  kind: FindingKind,
  signs: readonly Sign[],
  sight: Sight,
  about: Partial<Pick<Finding, 'instanceId' | 'role'>> = {},
): Finding[] {
  const nowhere = { instanceId: '', nodeName: '', groupName: '', zone: '', role: 'worker' as const };
  const symptoms = signs.flatMap((sign) => symptomOf(id, sign, sight));
  return findingOf({ ...nowhere, ...about, id, kind }, symptoms, sight);
}

function apiServer(sight: Sight): Finding[] {
  if (sight.quiet.state !== 'away') return [];
  const { since, words } = sight.quiet;
  return findingOfCluster(
    'api-server',
    'api-server',
    [{ signal: 'ApiServerAway', since, believed: true, words }],
    sight,
  );
}

function daemonSets(sight: Sight): Finding[] {
  return seenOr(sight.observations.daemonSets, [])
    .filter(({ ready, desired }) => ready < desired)
    .flatMap(({ name, ...counts }) => {
      const sign = { signal: 'DaemonSetNotReady', since: null, words: `${name}: ${readyOf(counts)}` };
      return findingOfCluster(`daemon-set/${name}`, 'daemon-set', [sign], sight);
    });
}

function coreDns(sight: Sight): Finding[] {
  const seen = seenOr(sight.observations.coreDns, null);
  if (seen === null || seen.ready >= seen.desired) return [];
  const signal = seen.ready === 0 ? 'CoreDnsAway' : 'CoreDnsNotReady';
  return findingOfCluster('core-dns', 'core-dns', [{ signal, since: null, words: `CoreDNS: ${readyOf(seen)}` }], sight);
}

function targets(sight: Sight): Finding[] {
  return seenOr(sight.observations.targets, [])
    .filter(({ unhealthy }) => unhealthy.length > 0)
    .flatMap(({ name, registered, unhealthy }) => {
      const words = `${unhealthy.length} of ${registered} targets of ${name} are unhealthy: ${unhealthy.join(', ')}`;
      return findingOfCluster(
        `targets/${name}`,
        'targets',
        [{ signal: 'TargetsUnhealthy', since: null, words }],
        sight,
      );
    });
}

function images(sight: Sight): Finding[] {
  return seenOr(sight.observations.failedJoins, [])
    .filter(({ inARow }) => inARow >= sight.policy.breaker.failedJoins)
    .flatMap(({ launchTemplate, inARow, instances }) => {
      const words = `the last ${inARow} instances of ${launchTemplate} did not join: ${instances.join(', ')}`;
      return findingOfCluster(`image/${launchTemplate}`, 'image', [{ signal: 'BadImage', since: null, words }], sight);
    });
}

/** What nobody can say while the API server is away: that is told already. */
const fromApiServer: readonly string[] = ['nodes', 'nodeEvents', 'daemonSets', 'coreDns'];

function parts(sight: Sight): Finding[] {
  return (
    unseenParts(sight.observations)
      // By targets they are seen: that is told.
      .filter(({ part }) => part !== 'zonalShifts')
      .filter(({ part }) => sight.quiet.state !== 'away' || !fromApiServer.includes(part))
      .flatMap(({ part, problem }) => {
        const sign = { signal: 'Unseen', since: null, words: `${partNames[part]} could not be read: ${problem}` };
        return findingOfCluster(`part/${part}`, 'part', [sign], sight);
      })
  );
}

/** That nobody can say who works on what: nothing is repaired until somebody can. And whose claims cannot be read: these instances are left alone. */
export function ledgerFindings(ledger: Pick<Ledger, 'work' | 'claims'> | undefined, sight: Sight): readonly Finding[] {
  const parts = [
    { part: 'ledger', words: 'who works on what', problem: problemOf(ledger?.work) },
    { part: 'claims', words: 'who has claimed which instance', problem: problemOfClaims(ledger?.claims) },
  ];
  return parts.flatMap(({ part, words, problem }) => {
    if (problem === undefined) return [];
    const sign = { signal: 'Unseen', since: null, words: `${words} could not be read: ${problem}` };
    return findingOfCluster(`part/${part}`, 'part', [sign], sight);
  });
}

function problemOfClaims(claims: Ledger['claims']): string | undefined {
  const unread = seenOr(claims, []).flatMap(({ instanceId, problem }) =>
    problem === undefined ? [] : [`${instanceId}: ${problem}`],
  );
  return problemOf(claims) ?? (unread.length === 0 ? undefined : unread.toSorted().join('; '));
}

function readyOf({ ready, desired }: ObservedReplicas): string {
  return `${ready} of ${desired} are ready`;
}
