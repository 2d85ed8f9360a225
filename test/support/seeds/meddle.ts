import type { HttpRequest, RequestOrigin } from '../../../simulator/wire/http.ts';
import type { Happening, SeedPlan } from './seed-plan.ts';
import type { SeedWorld } from './seed-world.ts';

/** What a world is told to do that Tender must not, so that a rule is seen to break. */
export type Meddle = (seed: SeedWorld) => void;

/** A small world in which nothing fails, and nothing keeps pods from leaving. */
export function smallPlan(happenings: readonly Happening[], changes: Partial<SeedPlan> = {}): SeedPlan {
  return {
    seed: 3,
    groups: [
      {
        name: '',
        nodes: 3,
        zones: ['a', 'b', 'c'],
        spot: false,
        hook: { seconds: 300, defaultResult: 'CONTINUE' },
        retains: false,
      },
    ],
    apps: [
      {
        name: 'app-1',
        kind: 'deployment',
        replicas: 3,
        graceSeconds: 5,
        budget: undefined,
        coveredTwice: false,
        emptyDir: false,
        annotations: {},
      },
    ],
    policy: {
      drain: {
        timeoutSeconds: 60,
        notReadyTimeoutSeconds: 30,
        graceCapSeconds: 30,
        whenTimeIsUp: 'give-up',
        deleteEmptyDirData: true,
        evictUnmanaged: true,
        outOfServiceTaint: true,
      },
      retire: { whenDrainFails: 'continue', rebalance: 'retire', launchFirst: false, maintenance: 'retire' },
      disruptions: { perGroup: 1, perCluster: 2 },
    },
    balancers: [],
    happenings,
    ...changes,
  };
}

/** The same world with pods whose budget lets none of them go. */
export function whereNobodyLeaves(plan: SeedPlan): SeedPlan {
  return { ...plan, apps: plan.apps.map((app) => ({ ...app, budget: { minAvailable: app.replicas } })) };
}

/** Does something once, when the first execution of a machine enters a state. */
export function whenEntered(machine: string, state: string, meddle: Meddle): Meddle {
  return (seed) => {
    let done = false;
    seed.world.history.listen(({ event, details }) => {
      if (done || event !== 'StateEntered' || details.state !== state) return;
      if (details.machine !== `tender-dev-${machine}`) return;
      done = true;
      meddle(seed);
    });
  };
}

/** Does something so many seconds after the world is ready. */
export function after(seconds: number, meddle: Meddle): Meddle {
  return (seed) => {
    seed.world.after(seconds * 1000, 'a forbidden call', () => meddle(seed));
  };
}

/** Sends other requests to the API server than a function means to. */
export function insteadOf(
  functionName: string,
  method: string,
  change: (request: HttpRequest, seed: SeedWorld) => Partial<HttpRequest>,
): Meddle {
  return (seed) => {
    const { network } = seed.deployment.cloud;
    const send = network.request.bind(network);
    network.request = (request: HttpRequest, origin: RequestOrigin) => {
      const isMeant =
        origin.name === `tender-dev-${functionName}` &&
        request.method === method &&
        request.host === seed.cluster.kubernetes.host;
      return send(isMeant ? { ...request, ...change(request, seed) } : request, origin);
    };
  };
}

/** A call that somebody makes at AWS. */
export function call(service: string, operation: string, input: (seed: SeedWorld) => object): Meddle {
  return (seed) => {
    void seed.deployment.cloud.operate(service, operation, input(seed));
  };
}

/** The instance that was the group's first, second, or so. */
export function instance({ first }: SeedWorld, index: number): string {
  return first[0]?.[index] ?? '';
}
