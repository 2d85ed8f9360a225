import { check } from '../check.ts';
import type { ClusterFacts, Looked } from '../ports.ts';

const SUBJECT = 'etcd';
const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
/** A drill is looked for once a day; one that failed is repeated the day after. */
const DRILL_GRACE_DAYS = 2;
const LATE_INTERVALS = 4;

/** What the entry says, as something that is always seen. */
function described({ entry }: ClusterFacts): Looked<NonNullable<ClusterFacts['entry']['etcd']>> | undefined {
  return entry.etcd ? { seen: entry.etcd } : undefined;
}

function ends(until: Date, { now, entry }: ClusterFacts, what: string, command: string) {
  const days = Math.floor((until.getTime() - now.getTime()) / DAY_MS);
  if (days >= SOON_DAYS) return [];
  const message = days < 0 ? `${what} ended ${-days} days ago: no snapshot is taken` : `${what} ends in ${days} days`;
  return [{ about: entry.name, message, cure: 'make a new one and put it into the secret', command }];
}

/** Whether etcd can be reached, is saved often enough, and the saving is proven. */
export const etcdChecks = [
  check({
    id: 'etcd-not-described',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does the entry of a self-managed cluster describe etcd?',
    of: ({ entry }) => (entry.kind === 'eks' ? undefined : { seen: entry }),
    find: ({ etcd, name }) =>
      etcd
        ? []
        : [
            {
              about: name,
              message: 'the entry does not describe etcd: no snapshots, and no control-plane node is retired by choice',
              cure: 'describe it: a secret with a client certificate (docs/etcd.md)',
              command: `aws secretsmanager create-secret --name tender/${name}-etcd --secret-string file://etcd.json`,
            },
          ],
  }),
  check({
    id: 'etcd-secret-unusable',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does the secret hold etcd’s authority, a client certificate and its key?',
    of: ({ etcd }) => etcd?.secretUnusable,
    find: (unusable, { entry }) =>
      unusable === ''
        ? []
        : [
            {
              about: entry.name,
              message: `etcd cannot be reached: ${unusable}`,
              cure: 'put {"ca": "…", "certificate": "…", "key": "…"} there, PEM (docs/etcd.md)',
              command: `aws secretsmanager put-secret-value --secret-id tender/${entry.name}-etcd --secret-string file://etcd.json`,
            },
          ],
  }),
  check({
    id: 'etcd-certificate-ends',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is the client certificate for etcd good for 30 more days?',
    of: ({ etcd }) => etcd?.certificateUntil,
    find: (until, facts) =>
      ends(until, facts, 'the client certificate for etcd', 'kubeadm certs renew etcd-healthcheck-client'),
  }),
  check({
    id: 'etcd-authority-ends',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is etcd’s authority good for 30 more days?',
    of: ({ etcd }) => etcd?.authorityUntil,
    find: (until, facts) =>
      ends(until, facts, 'etcd’s authority', 'openssl x509 -enddate -noout -in /etc/kubernetes/pki/etcd/ca.crt'),
  }),
  check({
    id: 'etcd-endpoints-none',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is there a member to ask?',
    of: ({ etcd }) => etcd?.endpoints,
    find: (endpoints, { entry }) =>
      endpoints.length > 0
        ? []
        : [
            {
              about: entry.name,
              message:
                'there is no member to ask: the entry names no endpoints, and no instance is in a group with the role etcd or control-plane',
              cure: 'tag the group of the members, or write etcd.endpoints',
              command: `npx tender etcd members ${entry.name}`,
            },
          ],
  }),
  check({
    id: 'etcd-members-even',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is the number of members odd, and more than one?',
    of: ({ etcd }) => etcd?.endpoints,
    find: (endpoints, { entry }) =>
      endpoints.length === 0 || (endpoints.length > 1 && endpoints.length % 2 === 1)
        ? []
        : [
            {
              about: entry.name,
              message: `etcd has ${endpoints.length} ${endpoints.length === 1 ? 'member: when it goes, all goes' : 'members: one more than an odd number makes a loss likelier, not rarer'}`,
              cure: 'run three or five',
              command: `npx tender etcd members ${entry.name}`,
            },
          ],
  }),
  check({
    id: 'etcd-retention-gap',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Are snapshots kept longer than until the next one, and daily ones longer than hourly ones?',
    of: described,
    find({ snapshots }, { entry }) {
      const { etcdSnapshotMinutes: minutes } = entry.schedules;
      const { everythingForHours, hourlyForDays, dailyForDays } = snapshots;
      const problems = [
        ...(minutes > everythingForHours * 60 && hourlyForDays === 0 && dailyForDays === 0
          ? [`one is taken every ${minutes} minutes and nothing is kept for longer than ${everythingForHours} hours`]
          : []),
        ...(dailyForDays < hourlyForDays
          ? [`daily ones go after ${dailyForDays} days, hourly ones after ${hourlyForDays}`]
          : []),
        ...(minutes > 60 && hourlyForDays > 0
          ? [`one is taken every ${minutes} minutes, so that no hour but each ${Math.ceil(minutes / 60)}th has one`]
          : []),
      ];
      return problems.map((message) => ({
        about: entry.name,
        message,
        cure: 'compare etcd.snapshots with schedules.etcdSnapshotMinutes (docs/etcd.md)',
        command: `npx tender etcd snapshots ls ${entry.name}`,
      }));
    },
  }),
  check({
    id: 'etcd-snapshot-late',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is the newest snapshot younger than four intervals?',
    of: ({ etcd }) => etcd?.newestSnapshotAt,
    find(newest, { entry, now }) {
      const allowed = entry.schedules.etcdSnapshotMinutes * LATE_INTERVALS * 60_000;
      if (newest !== null && now.getTime() - newest.getTime() <= allowed) return [];
      return [
        {
          about: entry.name,
          message:
            newest === null
              ? 'there is no snapshot at all'
              : `the newest snapshot is of ${newest.toISOString()}, and one is due every ${entry.schedules.etcdSnapshotMinutes} minutes`,
          cure: 'take one, and read why the last ones failed',
          command: `npx tender etcd snapshot take ${entry.name}`,
        },
      ];
    },
  }),
  check({
    id: 'etcd-drill-overdue',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Has a snapshot been proven within drills.everyDays?',
    of: ({ etcd }) => etcd?.newestProofAt,
    find(newest, { entry, now }) {
      const days = (entry.etcd?.drills.everyDays ?? 7) + DRILL_GRACE_DAYS;
      if (newest !== null && now.getTime() - newest.getTime() <= days * DAY_MS) return [];
      return [
        {
          about: entry.name,
          message:
            newest === null
              ? 'no snapshot has ever been restored for a proof'
              : `the last drill that proved a snapshot was on ${newest.toISOString().slice(0, 10)}`,
          cure: 'start one, and read why the last one failed',
          command: `npx tender etcd drill ${entry.name}`,
        },
      ];
    },
  }),
  check({
    id: 'etcd-drill-too-large',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Can the newest snapshot be drilled, by its size?',
    of: ({ etcd }) => etcd?.undrillable,
    find: (why, { entry, deployment }) =>
      why === ''
        ? []
        : [
            {
              about: entry.name,
              message: why,
              cure: 'make the image for drills on Fargate, and deploy with its address (docs/etcd.md)',
              command: `npx serverless deploy --stage ${deployment.stage} --param drillImage=IMAGE --param drillSubnetIds=IDS --param drillSecurityGroupIds=IDS`,
            },
          ],
  }),
  check({
    id: 'etcd-drill-layer',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Has the function that drills the layer with etcd’s programs?',
    of: ({ etcd, deployment }) => (etcd ? deployment.drillLayer : undefined),
    find: (has, { deployment }) =>
      has
        ? []
        : [
            {
              about: `tender-${deployment.stage}-drill-snapshot`,
              message: 'it has no layer with etcd’s programs: every drill fails with DrillToolsMissing',
              cure: 'make the layer, and deploy with its ARN',
              command: `npx serverless deploy --stage ${deployment.stage} --param drillLayerArns=ARN`,
            },
          ],
  }),
];
