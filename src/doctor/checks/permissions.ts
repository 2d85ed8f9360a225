import { check } from '../check.ts';
import type { DenialFacts } from '../ports.ts';

const SUBJECT = 'permissions';

/** What each purpose is, and what comes of its lack. */
const PURPOSES: Readonly<Record<DenialFacts['purpose'], { readonly asks: string; readonly meaning: string }>> = {
  registry: { asks: 'May functions read the registry entry?', meaning: 'nothing is done for this cluster' },
  credential: {
    asks: 'May functions fetch their credential for the API server?',
    meaning: 'no step that talks to the cluster works',
  },
  hooks: {
    asks: 'May the machines answer the hooks of these groups?',
    meaning: 'instances wait until their hooks time out',
  },
  'load-balancers': {
    asks: 'May functions register nodes with the target groups of the entry?',
    meaning: 'nodes get no traffic',
  },
  state: { asks: 'May functions write their claims?', meaning: 'no instance is claimed, so nothing is done with any' },
  etcd: { asks: 'May functions fetch etcd’s certificates and write snapshots?', meaning: 'no snapshot is taken' },
  'user-hooks': {
    asks: 'May the machine that runs hooks of your own start what they name?',
    meaning: 'that hook fails',
  },
};

/** Whether Tender's own roles may do what this cluster needs, by IAM's simulation. */
export const permissionChecks = (Object.keys(PURPOSES) as DenialFacts['purpose'][]).map((purpose) =>
  check({
    id: `permission-${purpose}`,
    subject: SUBJECT,
    severity: 'fault',
    asks: PURPOSES[purpose].asks,
    of: ({ denials }) => denials,
    find: (denials) =>
      denials
        .filter((denial) => denial.purpose === purpose)
        .map(({ role, action, resource }) => ({
          about: role,
          message: `the role may not ${action} on ${resource}: ${PURPOSES[purpose].meaning}`,
          cure: action.startsWith('secretsmanager:')
            ? 'keep the secret in the deployment’s account under a name that begins with tender/, or deploy again'
            : 'deploy again; if it stays, look for a permission boundary or a policy of your organisation',
          command: `aws iam simulate-principal-policy --policy-source-arn ${role} --action-names ${action} --resource-arns '${resource}'`,
        })),
  }),
);
