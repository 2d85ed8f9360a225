import { both, check } from '../check.ts';
import { minorOf } from '../kubernetes-version.ts';
import type { BudgetFacts } from '../ports.ts';

/** So many minor versions a kubelet may be older (kubernetes.io/releases/version-skew-policy). */
const SKEW = 3;
const MANY = 20;

function why({ minAvailable, maxUnavailable, expectedPods }: BudgetFacts): string | undefined {
  if (maxUnavailable === '0' || maxUnavailable === '0%') return `maxUnavailable is ${maxUnavailable}`;
  if (minAvailable === '100%') return 'minAvailable is 100%';
  const least = /^\d+$/.test(minAvailable) ? Number(minAvailable) : undefined;
  if (least !== undefined && expectedPods > 0 && least >= expectedPods)
    return `minAvailable is ${least} of ${expectedPods} pods`;
  return undefined;
}

/** Whether Nodes are who they are taken for, and what runs on them may move. */
export const nodeChecks = [
  check({
    id: 'node-name-rule',
    subject: 'nodes',
    severity: 'fault',
    asks: 'Is every Node called as nodeNames says (S39)?',
    of: ({ kubernetes }) => kubernetes.nodes,
    find: (nodes) =>
      nodes
        .filter(({ name, expectedName }) => expectedName !== '' && expectedName !== name)
        .map(({ name, expectedName }) => ({
          about: name,
          message: `by the entry’s nodeNames its instance would be ${expectedName}: certificates of such nodes are refused`,
          cure: 'set nodeNames to the rule that the nodes follow: private-dns, resource-name, instance-id or hostname',
          command: 'kubectl get nodes -o custom-columns=NAME:.metadata.name,ID:.spec.providerID',
        })),
  }),
  check({
    id: 'node-without-provider-id',
    subject: 'nodes',
    severity: 'warning',
    asks: 'Has every Node a provider id?',
    of: ({ kubernetes }) => kubernetes.nodes,
    find: (nodes) =>
      nodes
        .filter(({ instanceId }) => instanceId === '')
        .map(({ name }) => ({
          about: name,
          message: 'it has no provider id, and is told by its name alone',
          cure: 'run the cloud controller manager, or give the kubelet --provider-id=aws:///<zone>/<instance>',
          command: `kubectl get node ${name} -o jsonpath='{.spec.providerID}'`,
        })),
  }),
  check({
    id: 'kubelet-skew',
    subject: 'nodes',
    severity: 'fault',
    asks: 'Is every kubelet at most three minor versions older than the API server, and not newer?',
    of: ({ kubernetes }) => both(kubernetes.nodes, kubernetes.version),
    find([nodes, version]) {
      const server = minorOf(version);
      if (server === undefined) return [];
      return nodes.flatMap(({ name, kubeletVersion }) => {
        const kubelet = minorOf(kubeletVersion);
        if (kubelet === undefined || (kubelet <= server && server - kubelet <= SKEW)) return [];
        const message = `its kubelet is ${kubeletVersion} and the API server ${version}: ${kubelet > server ? 'a kubelet may not be newer' : `more than ${SKEW} minor versions apart`}`;
        const cure =
          kubelet > server ? 'update the control plane first' : 'give its group an image with a newer kubelet';
        return [{ about: name, message, cure, command: 'npx tender update status' }];
      });
    },
  }),
  check({
    id: 'budget-allows-nothing',
    subject: 'workloads',
    severity: 'fault',
    asks: 'Does every PodDisruptionBudget allow a disruption when all is well?',
    of: ({ kubernetes }) => kubernetes.budgets,
    find: (budgets) =>
      budgets.flatMap((budget) => {
        const because = why(budget);
        if (because === undefined) return [];
        return [
          {
            about: budget.name,
            message: `${because}: no pod under it can ever be evicted, and every drain of its nodes waits until its time is up`,
            cure: 'allow one: maxUnavailable: 1, or more replicas',
            command: `kubectl edit poddisruptionbudget --namespace ${budget.name.replace('/', ' ')}`,
          },
        ];
      }),
  }),
  check({
    id: 'budget-exhausted',
    subject: 'workloads',
    severity: 'warning',
    asks: 'Does it allow one now?',
    of: ({ kubernetes }) => kubernetes.budgets,
    find: (budgets) =>
      budgets
        .filter((budget) => budget.allowed === 0 && budget.expectedPods > 0 && why(budget) === undefined)
        .map(({ name }) => ({
          about: name,
          message: 'it allows no disruption now, because pods under it are not healthy: drains wait for them',
          cure: 'mend the pods',
          command: `kubectl describe poddisruptionbudget --namespace ${name.replace('/', ' ')}`,
        })),
  }),
  check({
    id: 'workload-single',
    subject: 'workloads',
    severity: 'warning',
    asks: 'Has every workload more than one pod?',
    of: ({ kubernetes }) => kubernetes.workloads,
    find({ singles }) {
      if (singles.length === 0) return [];
      const rest = singles.length > MANY ? ` and ${singles.length - MANY} more` : '';
      return [
        {
          about: `${singles.slice(0, MANY).join(', ')}${rest}`,
          message: 'these run one pod each: whenever its node leaves, nothing answers until another has started',
          cure: 'run two and a PodDisruptionBudget with maxUnavailable: 1, where that matters',
          command: 'kubectl scale deployment NAME --replicas 2',
        },
      ];
    },
  }),
];
