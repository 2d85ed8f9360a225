import { both, check } from '../check.ts';
import type { EntryFacts } from '../entry-ports.ts';
import type { Complaint } from '../finding.ts';
import type { ClusterFacts, GroupFacts, LoadBalancerFacts, TargetGroupFacts } from '../ports.ts';

const SUBJECT = 'load balancers';
const API_PORT = 6443;
/** Target types that nodes are registered by. */
const REGISTERED: readonly string[] = ['instance', 'ip'];

type Role = keyof EntryFacts['roles'];

/** Where the entry names a target group: for which roles, and whether any of them waits for it. */
function usesOf(arn: string, { roles }: EntryFacts): { readonly roles: readonly Role[]; readonly gated: boolean } {
  const uses = (Object.keys(roles) as Role[]).flatMap((role) =>
    roles[role].targetGroups.filter((one) => one.arn === arn).map(({ gate }) => ({ role, gate })),
  );
  return { roles: uses.map(({ role }) => role), gated: uses.some(({ gate }) => gate) };
}

function each(
  { targetGroups }: LoadBalancerFacts,
  judge: (group: TargetGroupFacts) => Omit<Complaint, 'about'> | undefined,
): readonly Complaint[] {
  return targetGroups.flatMap((group) => {
    const complaint = judge(group);
    return complaint ? [{ about: group.arn, ...complaint }] : [];
  });
}

function zonesWithout(group: TargetGroupFacts, groups: readonly GroupFacts[], entry: EntryFacts): readonly string[] {
  const { roles } = usesOf(group.arn, entry);
  const mine = groups.filter(({ tags }) => roles.some((role) => role === (tags['tender:role']?.value ?? 'worker')));
  return [...new Set(mine.flatMap(({ zones }) => zones))].filter((zone) => !group.zones.includes(zone)).sort();
}

const seen = ({ loadBalancers }: ClusterFacts) => loadBalancers;

/** Whether nodes can become healthy where the entry registers them (S4). */
export const loadBalancerChecks = [
  check({
    id: 'target-group-unused',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Has every target group that nodes wait for a listener?',
    of: seen,
    find: (facts, { entry }) =>
      each(facts, ({ arn, loadBalancers }) =>
        loadBalancers.length > 0 || !usesOf(arn, entry).gated
          ? undefined
          : {
              message:
                'no listener sends to this target group, so its targets are `unused` and never healthy, and nodes wait for that (gate)',
              cure: 'add a listener, or take gate off',
              command: `aws elbv2 create-listener --load-balancer-arn BALANCER --protocol TCP --port PORT --default-actions Type=forward,TargetGroupArn=${arn}`,
            },
      ),
  }),
  check({
    id: 'target-group-idle',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Has every other target group of the entry one?',
    of: seen,
    find: (facts, { entry }) =>
      each(facts, ({ arn, loadBalancers }) =>
        loadBalancers.length > 0 || usesOf(arn, entry).gated
          ? undefined
          : {
              message: 'no listener sends to this target group: nodes are registered for nothing',
              cure: 'add a listener, or take it out of the entry',
            },
      ),
  }),
  check({
    id: 'target-group-zone',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does the load balancer serve every zone of the groups?',
    of: ({ loadBalancers, groups }) => both(loadBalancers, groups),
    find: ([facts, groups], { entry }) =>
      each(facts, (group) => {
        const zones = group.loadBalancers.length === 0 ? [] : zonesWithout(group, groups, entry);
        if (zones.length === 0) return undefined;
        return {
          message: `its load balancer does not serve ${zones.join(', ')}, where nodes are launched: there they are never healthy`,
          cure: 'add a subnet of that zone to the load balancer',
          command: `aws elbv2 set-subnets --load-balancer-arn ${group.loadBalancers[0]} --subnets SUBNETS`,
        };
      }),
  }),
  check({
    id: 'target-group-type',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Are targets instances or addresses?',
    of: seen,
    find: (facts) =>
      each(facts, ({ targetType }) =>
        REGISTERED.includes(targetType)
          ? undefined
          : {
              message: `its targets are of type ${targetType}, and Tender registers nodes by instance or address: each registration is refused`,
              cure: 'make a target group of type instance or ip, or leave this one to its controller',
            },
      ),
  }),
  check({
    id: 'target-group-of-controller',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does no controller in a cluster own it (S20)?',
    of: ({ loadBalancers, groups }) => both(loadBalancers, groups),
    find: ([facts, groups]) =>
      each(facts, ({ arn, controller, clusterTag }) => {
        if (controller !== '')
          return {
            message: `by its tag ${controller} a controller owns it and registers nodes itself: Tender takes nodes out and never puts any in that were not there before`,
            cure: 'take it out of the entry: such load balancers are found by their tags',
          };
        return clusterTag === '' || groups.some(({ attachedTargetGroups }) => attachedTargetGroups.includes(arn))
          ? undefined
          : {
              message: `by its tag ${clusterTag} a controller may own it, and no group of the cluster has it attached: Tender registers no new node there`,
              cure: 'attach it to the Auto Scaling group, or take the tag off where no controller owns it; else take it out of the entry',
            };
      }),
  }),
  check({
    id: 'target-group-local-policy',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is no gate on a service with externalTrafficPolicy Local?',
    of: seen,
    find: (facts, { entry }) =>
      each(facts, ({ arn, port, healthCheck }) =>
        usesOf(arn, entry).gated &&
        healthCheck.path === '/healthz' &&
        /^\d+$/.test(healthCheck.port) &&
        healthCheck.port !== `${port}` &&
        Number(healthCheck.port) >= 30_000
          ? {
              message: `it asks /healthz at port ${healthCheck.port}, as for a service with externalTrafficPolicy Local: a new node without a pod of it is unhealthy on purpose, and waits for ever (gate)`,
              cure: 'take gate off',
            }
          : undefined,
      ),
  }),
  check({
    id: 'target-group-check-off',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is the health check on where nodes wait for it?',
    of: seen,
    find: (facts, { entry }) =>
      each(facts, ({ arn, healthCheck }) =>
        healthCheck.enabled || !usesOf(arn, entry).gated
          ? undefined
          : {
              message: 'its health check is off, and nodes wait until they are healthy there (gate)',
              cure: 'turn it on, or take gate off',
              command: `aws elbv2 modify-target-group --target-group-arn ${arn} --health-check-enabled`,
            },
      ),
  }),
  check({
    id: 'target-group-check-slow',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is a target healthy well within join.timeoutSeconds?',
    of: seen,
    find: (facts, { entry }) =>
      each(facts, ({ arn, healthCheck: { secondsToHealthy } }) =>
        !usesOf(arn, entry).gated || secondsToHealthy < entry.join.timeoutSeconds / 2
          ? undefined
          : {
              message: `a target needs ${secondsToHealthy} s until it is healthy, and join.timeoutSeconds is ${entry.join.timeoutSeconds}: joins run out of time`,
              cure: 'shorten interval and threshold, or raise join.timeoutSeconds',
              command: `aws elbv2 modify-target-group --target-group-arn ${arn} --health-check-interval-seconds 10 --healthy-threshold-count 2`,
            },
      ),
  }),
  check({
    id: 'target-group-check-elsewhere',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does the health check ask what takes the traffic?',
    of: seen,
    find: (facts) =>
      each(facts, ({ port, healthCheck }) =>
        !/^\d+$/.test(healthCheck.port) || healthCheck.port === `${port}` || healthCheck.path === '/healthz'
          ? undefined
          : {
              message: `traffic goes to port ${port} and the health check (${healthCheck.protocol}) to ${healthCheck.port}: a node may be healthy that serves nothing`,
              cure: 'check the traffic port, unless that is meant',
            },
      ),
  }),
  check({
    id: 'target-group-client-ip',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does the API server’s network load balancer leave client addresses alone (S20)?',
    of: seen,
    find: (facts, { entry }) =>
      each(facts, ({ arn, port, targetType, loadBalancerType, preservesClientIp }) => {
        const isApi = usesOf(arn, entry).roles.includes('control-plane') || port === API_PORT;
        if (!isApi || loadBalancerType === 'application' || targetType !== 'instance' || !preservesClientIp)
          return undefined;
        return {
          message:
            'it preserves client addresses: a control-plane node that reaches the API server through its own load balancer gets no answer when it is sent back to itself',
          cure: 'turn preserve_client_ip off',
          command: `aws elbv2 modify-target-group-attributes --target-group-arn ${arn} --attributes Key=preserve_client_ip.enabled,Value=false`,
        };
      }),
  }),
];
