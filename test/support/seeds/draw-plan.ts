import { Random } from '../../../simulator/world/random.ts';
import type {
  Fault,
  Happening,
  NodeReference,
  PlannedApp,
  PlannedBalancer,
  PlannedGroup,
  PlannedPolicy,
  PlannedUpdate,
  SeedPlan,
  Signal,
} from './seed-plan.ts';

/** A seed means what it means in one version only: whoever changes this file counts it up, and finds the regressions anew. */
export const GENERATOR_VERSION = 3;

/** The seeds below this are small worlds in which little comes together, so that they fit into `npm test`; from here on worlds are of all sizes. */
export const SMALL_SEEDS = 500;

/**
 * Worlds that are looked at by health passes, and whose nodes may be sick: each fifth of the larger ones, and of the small ones a fiftieth, since passes take time. Of
 * a stream of luck of its own, so that the others stay what they were.
 */
function isLookedAt(seed: number): boolean {
  return seed < SMALL_SEEDS ? seed % 50 === 7 : seed % 5 === 0;
}

/** Worlds whose first group comes to another image meanwhile: a twentieth of the larger ones, and of the small ones two, since an update takes hours. */
function isUpdated(seed: number): boolean {
  return seed < SMALL_SEEDS ? seed % 300 === 42 : seed % 20 === 11;
}

const ZONES = ['a', 'b', 'c'] as const;
/** Everything happens within so many seconds. */
const SPAN_SECONDS = 1200;

/** Draws a world and what happens in it. Same number, same plan. Pure. */
export function drawPlan(seed: number): SeedPlan {
  const plan = drawDepartures(seed);
  if (isUpdated(seed)) return withUpdate(plan);
  if (isLookedAt(seed)) return withSickness(plan);
  return plan.happenings.some(losesSignals) ? { ...plan, healthMinutes: 1 } : plan;
}

/** What route-signal asks. */
const ROUTED_BY: readonly string[] = ['states', 'autoscaling', 'ec2', 's3'];

/** Whether a signal may come to nothing: then only the passes of each minute see that a hook waits. */
function losesSignals(happening: Happening): boolean {
  if (happening.kind === 'service-down') return ROUTED_BY.includes(happening.service);
  return happening.kind === 'bad-call' && happening.caller === 'route-signal';
}

/** A world in which nodes leave. */
function drawDepartures(seed: number): SeedPlan {
  const luck = new Random(`tender-seeds/${GENERATOR_VERSION}/${seed}`);
  const small = seed < SMALL_SEEDS;
  const groups = drawGroups(luck.for('groups'), small);
  const nodes = groups.reduce((sum, one) => sum + one.nodes, 0);
  return {
    seed,
    groups,
    apps: drawApps(luck.for('apps'), nodes, small),
    policy: drawPolicy(luck.for('policy'), small),
    balancers: (['ip', 'controller', 'stranger', 'guest'] satisfies PlannedBalancer[]).filter(() =>
      chance(luck.for('balancers'), 0.25),
    ),
    happenings: drawHappenings(luck.for('happenings'), groups, small),
  };
}

/** What nobody does to a group in the middle of its update, or would have to be counted apart: whoever takes capacity away. */
const NOT_MEANWHILE: ReadonlySet<string> = new Set([
  'scale-in',
  'scale-out',
  'terminate-in-group',
  'detach',
  'delete-group',
  'stop',
  // Both keep their place in the disruption budget until a person gives it back.
  'drain-by-hand',
]);

/** The same world, smaller, in the middle of which its first group is updated: what comes between comes while it is. */
function withUpdate(plan: SeedPlan): SeedPlan {
  const luck = new Random(`tender-seeds/update/${GENERATOR_VERSION}/${plan.seed}`);
  const [first] = plan.groups;
  const nodes = Math.min(5, first?.nodes ?? 1);
  const groups = first ? [{ ...first, nodes, retains: false }, ...plan.groups.slice(1)] : [];
  const update: PlannedUpdate = {
    at: luck.integer(0, 60),
    maxSurge: luck.integer(1, 2),
    maxUnavailable: luck.integer(1, 2),
    bakeMinutes: luck.pick([0, 1, 5]),
    room: luck.pick([0, 1, 10]),
    image: weighted(luck, [
      [4, 'good'],
      [1, 'never-joins'],
      [1, 'dies-later'],
    ] as const),
    badFrom: luck.integer(1, nodes),
  };
  const callers = ['advance-update', 'begin-update', 'settle-update', 'plan-update'] as const;
  const troubles: Happening[] = [
    ...(chance(luck, 0.3) ? [{ at: luck.integer(60, 3600), kind: 'press-stop', machine: 'os-update' } as const] : []),
    ...(chance(luck, 0.4)
      ? [
          {
            at: luck.integer(0, 1800),
            kind: 'bad-call',
            caller: luck.pick(callers),
            how: luck.pick(['kill-before', 'kill-after', 'lose-response', 'throttle'] as const),
            nth: luck.integer(1, 4),
            times: luck.pick([1, 2]),
          } as const,
        ]
      : []),
  ];
  const kept = plan.happenings.filter((one) => !NOT_MEANWHILE.has(one.kind) && isStillThere(one, nodes));
  const happenings = [...kept, ...troubles].toSorted((a, b) => a.at - b.at);
  const { rebalance } = plan.policy.retire;
  const policy = {
    ...plan.policy,
    retire: { ...plan.policy.retire, rebalance: rebalance === 'cordon' ? 'retire' : rebalance } as const,
  };
  return { ...plan, groups, policy, happenings, update };
}

/** Whether a happening is about a node that a smaller first group has, too. */
function isStillThere(happening: Happening, nodes: number): boolean {
  if (!('of' in happening)) return true;
  return [happening.of].flat().every(({ group, node }) => group !== 0 || node < nodes);
}

/** The same world, looked at, with nodes that are sick. */
function withSickness(plan: SeedPlan): SeedPlan {
  const luck = new Random(`tender-seeds/sickness/${GENERATOR_VERSION}/${plan.seed}`);
  const count = weighted(luck, [
    [1, 0],
    [5, 1],
    [2, 2],
    [1, 4],
  ]);
  const together = chance(luck, 0.3) ? luck.integer(0, SPAN_SECONDS) : undefined;
  const sick = Array.from({ length: count }, () => ({
    at: together === undefined ? luck.integer(0, SPAN_SECONDS) : together + luck.integer(0, 20),
    ...drawSickness(luck, plan.groups),
  }));
  const stops: Happening[] = chance(luck, 0.15)
    ? [{ at: luck.integer(300, 2 * SPAN_SECONDS), kind: 'press-stop', machine: 'node-repair' }]
    : [];
  return {
    ...plan,
    healthMinutes: luck.pick([2, 3, 5]),
    happenings: [...plan.happenings, ...sick, ...stops].toSorted((a, b) => a.at - b.at),
  };
}

function drawSickness(luck: Random, groups: readonly PlannedGroup[]): Fault {
  const of = anyNode(luck, groups);
  const kind = weighted(luck, [
    [4, 'kubelet-dies'],
    [1, 'kubelet-flaps'],
    [2, 'hangs'],
    [2, 'latches'],
  ] as const);
  switch (kind) {
    case 'kubelet-dies':
      return { kind, of };
    case 'kubelet-flaps':
      return { kind, of, seconds: luck.pick([600, 2400]) };
    case 'hangs':
      return { kind, of, cause: luck.pick(['software', 'hardware']) };
    case 'latches':
      return {
        kind,
        of,
        condition: luck.pick(['KernelDeadlock', 'ReadonlyFilesystem']),
        afterReboot: luck.pick(['gone', 'again', 'stale']),
      };
  }
}

/** One of the values, each as likely as its weight says. */
function weighted<T>(luck: Random, choices: readonly (readonly [weight: number, value: T])[]): T {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0);
  let at = luck.next() * total;
  for (const [weight, value] of choices) {
    at -= weight;
    if (at < 0) return value;
  }
  return (choices.at(-1) as readonly [number, T])[1];
}

function chance(luck: Random, probability: number): boolean {
  return luck.next() < probability;
}

function drawGroups(luck: Random, small: boolean): PlannedGroup[] {
  const [least, most] = weighted(luck, [
    [78, [1, small ? 4 : 5]],
    [small ? 3 : 17, [6, 12]],
    [small ? 0.4 : 4, [13, 25]],
    [small ? 0.2 : 1, [26, 40]],
  ] as const);
  const nodes = luck.integer(least, most);
  const names = weighted(luck, [
    [60, ['']],
    [30, ['', 'blue']],
    [10, ['', 'blue', 'green']],
  ] as const).slice(0, nodes);
  const extra = names.slice(1).map(() => luck.integer(1, Math.max(1, Math.floor(nodes / names.length))));
  const first = Math.max(1, nodes - extra.reduce((sum, one) => sum + one, 0));
  return names.map((name, index) => ({
    name,
    nodes: [first, ...extra][index] ?? 1,
    zones: index > 0 && chance(luck, 0.4) ? [luck.pick(ZONES)] : ZONES,
    spot: chance(luck, 0.4),
    hook: chance(luck, 0.12)
      ? undefined
      : {
          seconds: weighted(luck, [
            [1, 60],
            [2, 120],
            [5, 300],
            [2, 900],
            [1, 3600],
          ]),
          defaultResult: luck.pick(['CONTINUE', 'ABANDON']),
        },
    retains: chance(luck, 0.2),
  }));
}

function drawApps(luck: Random, nodes: number, small: boolean): PlannedApp[] {
  const count = luck.integer(1, small ? 2 : 3);
  return Array.from({ length: count }, (_, index) => drawApp(luck, `app-${index + 1}`, nodes));
}

function drawApp(luck: Random, name: string, nodes: number): PlannedApp {
  const kind = weighted(luck, [
    [8, 'deployment'],
    [1, 'stateful-set'],
    [1, 'bare-pod'],
  ] as const);
  const replicas = kind === 'bare-pod' ? 1 : luck.integer(1, Math.max(2, Math.min(nodes + 2, 16)));
  const budget = weighted(luck, [
    [4, undefined],
    [3, { minAvailable: Math.max(1, replicas - 1) }],
    [1, { minAvailable: replicas }],
    [1, { minAvailable: '50%' }],
    [2, { maxUnavailable: 1 }],
    [1, { maxUnavailable: '25%' }],
  ]);
  return {
    name,
    kind,
    replicas,
    graceSeconds: weighted(luck, [
      [5, 5],
      [4, 30],
      [1, 60],
      [0.3, 400],
    ]),
    budget,
    coveredTwice: budget !== undefined && chance(luck, 0.05),
    emptyDir: chance(luck, 0.15),
    annotations: {
      ...(chance(luck, 0.1) && { 'simulation/ignores-sigterm': 'true' }),
      ...(chance(luck, 0.08) && { 'simulation/never-ready': 'true' }),
      ...(chance(luck, 0.08) && {
        [luck.pick(['tender.sh/do-not-disrupt', 'karpenter.sh/do-not-disrupt'])]: 'true',
      }),
    },
  };
}

function drawPolicy(luck: Random, small: boolean): PlannedPolicy {
  return {
    drain: {
      timeoutSeconds: weighted(luck, [
        [6, small ? 30 : 60],
        [4, small ? 60 : 120],
        [small ? 0.2 : 1, 300],
        [small ? 0.05 : 0.3, 900],
        [small ? 0 : 0.1, 1800],
      ]),
      notReadyTimeoutSeconds: luck.pick(small ? [0, 30] : [0, 30, 60]),
      graceCapSeconds: luck.pick([0, 30, 60, 300]),
      whenTimeIsUp: weighted(luck, [
        [3, 'give-up'],
        [1, 'capped-grace'],
        [1, 'force-delete'],
      ] as const),
      deleteEmptyDirData: chance(luck, 0.85),
      evictUnmanaged: chance(luck, 0.85),
      outOfServiceTaint: chance(luck, 0.8),
    },
    retire: {
      whenDrainFails: weighted(luck, [
        [6, 'continue'],
        [2, 'abandon-and-retain'],
        [1, 'expire'],
      ] as const),
      rebalance: luck.pick(['ignore', 'cordon', 'retire']),
      launchFirst: chance(luck, 0.4),
      maintenance: chance(luck, 0.85) ? 'retire' : 'ignore',
    },
    disruptions: {
      perGroup: luck.pick([1, 1, 2, '34%', '50%']),
      perCluster: luck.pick(['10%', '25%', '50%', 2]),
    },
  };
}

function drawHappenings(luck: Random, groups: readonly PlannedGroup[], small: boolean): Happening[] {
  const nodes = groups.reduce((sum, one) => sum + one.nodes, 0);
  const focus = anyNode(luck, groups);
  const node = () => (chance(luck, 0.4) ? focus : anyNode(luck, groups));
  const signals = weighted(luck, [
    [5, 1],
    [small ? 1 : 3, 2],
    [small ? 0.2 : 1, 3],
    [small ? 0.05 : 0.6, luck.integer(4, nodes > 12 ? 8 : 5)],
  ]);
  const faults = weighted(luck, [
    [3, 0],
    [small ? 6 : 4, 1],
    [small ? 1 : 2, 2],
    [small ? 0.2 : 1, 3],
  ]);
  const together = chance(luck, 0.2) ? luck.integer(0, SPAN_SECONDS) : undefined;
  const at = () => (together === undefined ? luck.integer(0, SPAN_SECONDS) : together + luck.integer(0, 20));
  const happenings: Happening[] = [
    ...Array.from({ length: signals }, () => ({ at: at(), ...drawSignal(luck, groups, node, small) })),
    ...Array.from({ length: faults }, () => ({ at: at(), ...drawFault(luck, groups, node) })),
  ];
  return happenings.toSorted((a, b) => a.at - b.at);
}

function anyNode(luck: Random, groups: readonly PlannedGroup[]): NodeReference {
  const group = luck.integer(0, groups.length - 1);
  return { group, node: luck.integer(0, (groups[group]?.nodes ?? 1) - 1) };
}

function drawSignal(luck: Random, groups: readonly PlannedGroup[], node: () => NodeReference, small: boolean): Signal {
  const group = luck.integer(0, groups.length - 1);
  const kind = weighted(luck, [
    [5, 'scale-in'],
    [1, 'scale-out'],
    [4, 'terminate-in-group'],
    [1, 'set-unhealthy'],
    [4, 'spot'],
    [3, 'rebalance'],
    [3, 'maintenance'],
    [5, 'retire-by-hand'],
    [3, 'drain-by-hand'],
    [1, 'stop'],
    [1, 'terminate'],
    [1, 'detach'],
    [0.3, 'delete-group'],
  ] as const);
  switch (kind) {
    case 'scale-in':
    case 'scale-out': {
      const size = groups[group]?.nodes ?? 1;
      return { kind, group, by: chance(luck, 0.1) ? size : luck.integer(1, Math.max(1, Math.ceil(size / 3))) };
    }
    case 'terminate-in-group':
      return { kind, of: node(), decrement: chance(luck, 0.5) };
    case 'maintenance': {
      const of = Array.from({ length: luck.integer(1, 2) }, node);
      const startsInSeconds = luck.pick(small ? [300, 600, 1800] : [300, 1800, 7200]);
      return { kind, of, startsInSeconds, what: luck.pick(['retirement', 'stop', 'reboot']) };
    }
    case 'retire-by-hand':
    case 'drain-by-hand':
      return { kind, of: node(), by: luck.pick(['instanceId', 'nodeName']), plan: chance(luck, 0.1) };
    case 'delete-group':
      return { kind, group };
    default:
      return { kind, of: node() };
  }
}

/** Functions that change something on a node's way out. */
const CALLERS = [
  'claim-instance',
  'release-claim',
  'take-lease',
  'release-lease',
  'exclude-node',
  'cordon-node',
  'deregister-node',
  'evict-pods',
  'undo-drain',
  'reregister-node',
  'delete-node',
  'terminate-instance',
  'taint-out-of-service',
  'note-surge',
  'launch-replacement',
  'withdraw-replacement',
  'route-signal',
  'sync-load-balancers',
] as const;

const SERVICES = ['autoscaling', 'ec2', 's3', 'elasticloadbalancing', 'ssm', 'secretsmanager', 'states'] as const;

function drawFault(luck: Random, groups: readonly PlannedGroup[], node: () => NodeReference): Fault {
  const kind = weighted(luck, [
    [4, 'press-stop'],
    [1, 'somebody-answers-hook'],
    [1, 'somebody-cordons'],
    [1, 'node-silent'],
    [0.7, 'zone-fails'],
    [3, 'api-server-down'],
    [5, 'service-down'],
    [8, 'bad-call'],
    [2, 'event'],
  ] as const);
  switch (kind) {
    case 'press-stop':
      return { kind, machine: luck.pick(['node-retire', 'node-retire', 'node-drain', 'sweep-retire']) };
    case 'somebody-answers-hook':
      return { kind, group: luck.integer(0, groups.length - 1), answer: luck.pick(['CONTINUE', 'ABANDON']) };
    case 'somebody-cordons':
      return { kind, of: node() };
    case 'node-silent':
      return { kind, of: node(), seconds: luck.pick([60, 200, 600, 1800]) };
    case 'zone-fails':
      return { kind, zone: luck.pick(ZONES), seconds: luck.pick([60, 600, 1800]) };
    case 'api-server-down':
      return { kind, seconds: luck.pick([10, 60, 200, 600]), how: luck.pick(['refused', 'silent']) };
    case 'service-down':
      return {
        kind,
        service: luck.pick(SERVICES),
        seconds: luck.pick([5, 20, 60, 200, 600]),
        how: luck.pick(['throttle', 'unavailable', 'lose-response']),
      };
    case 'bad-call': {
      const caller = luck.pick(CALLERS);
      const how = luck.pick(['kill-before', 'kill-after', 'lose-response', 'throttle', 'hang'] as const);
      const nth = luck.integer(1, 2);
      const times = luck.pick([1, 1, 2, 6]);
      // A signal whose function dies three times waits in the queue of failed ones for a person, who is told.
      return { kind, caller, how, nth, times: caller === 'route-signal' ? Math.min(times, 2) : times };
    }
    case 'event':
      return { kind, how: luck.pick(['double', 'delay']), seconds: luck.pick([1, 20, 90]) };
  }
}
