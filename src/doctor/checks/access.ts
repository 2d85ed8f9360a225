import { check } from '../check.ts';
import { bootstrapGroup } from '../names.ts';
import type { RightFacts } from '../ports.ts';

const SUBJECT = 'access';
const APPLY = 'kubectl apply -f deploy/kubernetes/rbac.yaml';

function words({ verb, resource, group, namespace }: RightFacts): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

/** Bindings that cover Tender's bootstrap tokens. */
function coversOurs(subjects: readonly string[]): boolean {
  const wide = ['system:bootstrappers', bootstrapGroup, 'system:authenticated', 'system:unauthenticated'];
  return subjects.some((one) => wide.includes(one));
}

/** Whether Tender may do in the cluster what it has to, and no more. */
export const accessChecks = [
  check({
    id: 'rbac-lacks',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'May Tender do all that deploy/kubernetes/rbac.yaml grants (SelfSubjectAccessReview)?',
    of: ({ kubernetes }) => kubernetes.lacks,
    find: (lacks, { entry }) =>
      lacks.map((right) => ({
        about: words(right),
        message: `Tender may not ${words(right)} in cluster ${entry.name}`,
        cure: 'apply the rules, and see that Tender is of the group tender:controllers or the service account kube-system/tender',
        command: APPLY,
      })),
  }),
  check({
    id: 'rbac-exceeds',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'May it do no more: read Secrets, create Nodes, bind roles?',
    of: ({ kubernetes }) => kubernetes.exceeds,
    find: (exceeds) =>
      exceeds.map((right) => ({
        about: words(right),
        message: `Tender may ${words(right)}, which it never needs: whoever takes its credential may, too`,
        cure: 'take other roles from its identity; rbac.yaml is enough',
        command:
          'kubectl get clusterrolebindings,rolebindings --all-namespaces -o wide | grep -E "tender|system:masters"',
      })),
  }),
  check({
    id: 'rbac-pod-deletion',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Where drains may end by force, may Tender delete pods?',
    of: ({ kubernetes, entry }) => (entry.drain.whenTimeIsUp === 'give-up' ? undefined : kubernetes.mayDeletePods),
    find: (may, { entry }) =>
      may
        ? []
        : [
            {
              about: entry.name,
              message: `drain.whenTimeIsUp is ${entry.drain.whenTimeIsUp}, and Tender may not delete pods: such drains fail at their end`,
              cure: 'grant it, or say give-up',
              command: 'kubectl apply -f deploy/kubernetes/rbac-pod-deletion.yaml',
            },
          ],
  }),
  check({
    id: 'rbac-pod-deletion-idle',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Where they may not, is the right not there?',
    of: ({ kubernetes, entry }) => (entry.drain.whenTimeIsUp === 'give-up' ? kubernetes.mayDeletePods : undefined),
    find: (may, { entry }) =>
      may
        ? [
            {
              about: entry.name,
              message:
                'Tender may delete pods past their budgets, and drain.whenTimeIsUp is give-up: the right is never used',
              cure: 'take it back',
              command: 'kubectl delete -f deploy/kubernetes/rbac-pod-deletion.yaml',
            },
          ]
        : [],
  }),
  check({
    id: 'admission-policy-missing',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is a Secret of Tender’s that is no bootstrap token refused (asked with dryRun)?',
    of: ({ kubernetes, entry }) => (entry.bootstrap === 'tender' ? kubernetes.foreignSecretRefused : undefined),
    find: (refused, { entry }) =>
      refused
        ? []
        : [
            {
              about: entry.name,
              message:
                'nothing keeps Tender from writing any Secret of kube-system: the policy tender-bootstrap-tokens or its binding is missing',
              cure: 'apply it',
              command: APPLY,
            },
          ],
  }),
  check({
    id: 'auto-approve-binding',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does nothing approve certificates for Tender’s tokens before it has looked (S38)?',
    of: ({ kubernetes, entry }) => (entry.bootstrap === 'tender' ? kubernetes.approving : undefined),
    find: (bindings) =>
      bindings
        .filter(({ subjects }) => coversOurs(subjects))
        .map(({ binding, subjects }) => ({
          about: binding,
          message: `it lets the controller-manager approve certificates of any node name for ${subjects.join(', ')}, which covers Tender’s tokens: Tender mints none`,
          cure: 'bind it to the group of kubeadm’s own tokens alone, or delete it',
          command: `kubectl delete clusterrolebinding ${binding}`,
        })),
  }),
  check({
    id: 'bootstrap-binding-missing',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'May whoever holds one of Tender’s tokens ask for a certificate?',
    of: ({ kubernetes, entry }) => (entry.bootstrap === 'tender' ? kubernetes.bootstrappers : undefined),
    find: (groups) =>
      groups.some((group) => [bootstrapGroup, 'system:bootstrappers', 'system:authenticated'].includes(group))
        ? []
        : [
            {
              about: bootstrapGroup,
              message: 'the group is not bound to system:node-bootstrapper: no node can ask for its certificate',
              cure: 'apply the rules',
              command: APPLY,
            },
          ],
  }),
];
