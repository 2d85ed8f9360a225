import { check } from '../check.ts';
import { minorOf } from '../kubernetes-version.ts';
import type { ClusterFacts } from '../ports.ts';

const SUBJECT = 'API server';
const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
/** ValidatingAdmissionPolicy v1 came with it. */
const OLDEST_MINOR = 30;
const CREDENTIAL_DAYS = 7;
const SKEW_SECONDS = 30;
const PASS_MS = 10 * 60_000;
const NEW_TOKEN = 'kubectl create token tender --namespace kube-system --duration 720h';

/** Whole days until a time, or since it as a negative number. */
function daysUntil(time: Date, now: Date): number {
  return Math.floor((time.getTime() - now.getTime()) / DAY_MS);
}

/** The last health pass; where none are made, nobody knows what one would see. */
function passOf({ pass, entry }: ClusterFacts): ClusterFacts['pass'] {
  if (entry.schedules.healthMinutes > 0) return pass;
  return { unseen: 'schedules.healthMinutes is 0: no health pass looks at the cluster from where the functions run' };
}

/** Whether Tender reaches the API server, and is known there. */
export const apiServerChecks = [
  check({
    id: 'api-unreachable-from-vpc',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Did the last health pass, which looks from where functions run, reach the API server?',
    of: passOf,
    find: (pass, { entry }) =>
      pass === null || pass.reachable
        ? []
        : [
            {
              about: entry.kubernetes.endpoint,
              message: `the functions could not reach it at ${pass.at.toISOString()}: ${pass.problem}`,
              cure: 'compare subnetIds and securityGroupIds of the deployment with where the API server is; port and firewall',
              command: `npx tender health ${entry.name}`,
            },
          ],
  }),
  check({
    id: 'api-not-looked-at',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Has a health pass looked within ten minutes?',
    of: passOf,
    find(pass, { entry, now, deployment }) {
      const allowed = Math.max(PASS_MS, 3 * entry.schedules.healthMinutes * 60_000);
      if (pass !== null && now.getTime() - pass.at.getTime() < allowed) return [];
      return [
        {
          about: entry.name,
          message: `${pass === null ? 'no health pass has ever looked at it' : `the last health pass was at ${pass.at.toISOString()}`}: nobody sees what becomes sick`,
          cure: 'look for errors of start-due-workflows and check-health; the schedule may be disabled',
          command: `aws logs tail /aws/lambda/tender-${deployment.stage}-check-health --since 1h`,
        },
      ];
    },
  }),
  check({
    id: 'api-untrusted',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is its certificate under kubernetes.certificateAuthority, with the name that is expected?',
    of: ({ kubernetes }) => kubernetes.door,
    find: ({ distrust }, { entry }) =>
      distrust === ''
        ? []
        : [
            {
              about: entry.kubernetes.endpoint,
              message: `its certificate does not hold for the entry: ${distrust}; nothing is sent there, no credential either`,
              cure: 'write the authority that signed it into kubernetes.certificateAuthority, or a name that it has into kubernetes.tlsServerName',
              command: `openssl s_client -connect ${new URL(entry.kubernetes.endpoint).host} -showcerts </dev/null`,
            },
          ],
  }),
  check({
    id: 'api-certificate-ends',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is its certificate good for 30 more days?',
    of: ({ kubernetes }) => kubernetes.door,
    find({ certificateUntil }, { entry, now }) {
      const days = daysUntil(certificateUntil, now);
      if (days >= SOON_DAYS) return [];
      return [
        {
          about: entry.kubernetes.endpoint,
          message: days < 0 ? `its certificate ended ${-days} days ago` : `its certificate ends in ${days} days`,
          cure: 'renew it on each control-plane node, and restart the API server',
          command: 'kubeadm certs renew apiserver',
        },
      ];
    },
  }),
  check({
    id: 'clock-skew',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does its clock agree with the one here, to half a minute?',
    of: ({ kubernetes }) => kubernetes.door,
    find({ clockAheadSeconds = 0 }, { entry }) {
      if (Math.abs(clockAheadSeconds) <= SKEW_SECONDS) return [];
      return [
        {
          about: entry.kubernetes.endpoint,
          message: `its clock is ${Math.abs(clockAheadSeconds)} s ${clockAheadSeconds > 0 ? 'ahead of' : 'behind'} the one here: tokens, leases and signed requests are judged by wrong times`,
          cure: 'let both keep time by NTP (169.254.169.123 on EC2)',
          command: 'chronyc tracking',
        },
      ];
    },
  }),
  check({
    id: 'api-version-old',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is it Kubernetes 1.30 or newer?',
    of: ({ kubernetes }) => kubernetes.version,
    find(version, { entry }) {
      const minor = minorOf(version);
      if (minor !== undefined && minor >= OLDEST_MINOR) return [];
      return [
        {
          about: entry.kubernetes.endpoint,
          message: `it is ${version}; Tender needs 1.${OLDEST_MINOR}, whose admission policies keep it from other Secrets`,
          cure: 'update the control plane first',
        },
      ];
    },
  }),
  check({
    id: 'credential-unusable',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does the secret hold a credential?',
    of: ({ credential }) => credential,
    find: ({ unusable }, { entry }) =>
      unusable === ''
        ? []
        : [
            {
              about: entry.name,
              message: `Tender has no credential for the API server: ${unusable}`,
              cure: 'put a token or a kubeconfig into the secret that kubernetes.auth names',
              command: NEW_TOKEN,
            },
          ],
  }),
  check({
    id: 'credential-refused',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does the API server accept it?',
    of: ({ kubernetes, credential }) =>
      'seen' in credential && credential.seen.unusable !== '' ? undefined : kubernetes.refusal,
    find: (refusal, { entry }) =>
      refusal === ''
        ? []
        : [
            {
              about: entry.name,
              message: `the API server does not know Tender: ${refusal}`,
              cure: 'put a new credential into the secret; with IAM, map the role (docs/clusters.md)',
              command: NEW_TOKEN,
            },
          ],
  }),
  check({
    id: 'credential-ends',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is Tender’s credential good for a week more?',
    of: ({ credential, entry }) => (entry.kubernetes.auth.kind === 'iam' ? undefined : credential),
    find({ until }, { entry, now }) {
      if (!until || daysUntil(until, now) >= CREDENTIAL_DAYS) return [];
      const days = daysUntil(until, now);
      return [
        {
          about: entry.name,
          message:
            days < 0
              ? 'Tender’s credential has ended: no step that talks to the cluster works'
              : `Tender’s credential ends in ${days} days`,
          cure: 'put a new one into the secret; a running function fetches it when the old one is refused',
          command: NEW_TOKEN,
        },
      ];
    },
  }),
];
