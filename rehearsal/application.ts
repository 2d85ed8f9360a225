import type { Pod } from '../simulator/kubernetes/api/objects.ts';

/** The NodePort that the demo cluster's load balancers lead to. */
export const NODE_PORT = 30080;

/** An application in the demo cluster. */
export interface Application {
  readonly pods: number;
  /** Of its PodDisruptionBudget, in the namespace `default` and named `shop` as everything of it; without either limit there is none. */
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  /** Default 30. */
  readonly graceSeconds?: number;
  /** From a pod's binding until it is Ready. Default: 1 to 4. */
  readonly startSeconds?: number;
  /** Of its pods: `simulation/ignores-sigterm`, `simulation/never-ready`. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Annotation of a pod that takes so long to start. */
const START_SECONDS = 'rehearsal/start-seconds';

/** How long a pod takes to start; undefined when it does not say. */
export function startSecondsOf({ metadata }: Pod): number | undefined {
  const seconds = metadata.annotations?.[START_SECONDS];
  return seconds === undefined ? undefined : Number(seconds);
}

/** A Deployment `shop`, its Service at {@link NODE_PORT} and, when it has a limit, its budget, as `kubectl apply` takes them. */
export function applicationManifest({
  pods,
  minAvailable,
  maxUnavailable,
  graceSeconds = 30,
  startSeconds,
  annotations,
}: Application): string {
  const labels = { app: 'shop' };
  const marks = { ...annotations, ...(startSeconds !== undefined && { [START_SECONDS]: String(startSeconds) }) };
  const metadata = { name: 'shop', labels };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: pods,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: marks },
        spec: {
          terminationGracePeriodSeconds: graceSeconds,
          containers: [{ name: 'shop', image: 'registry.example.com/shop:1' }],
        },
      },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }] },
  };
  const limit = {
    ...(minAvailable !== undefined && { minAvailable }),
    ...(maxUnavailable !== undefined && { maxUnavailable }),
  };
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { selector: { matchLabels: labels }, ...limit },
  };
  const objects = [deployment, service, ...(Object.keys(limit).length > 0 ? [budget] : [])];
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}
