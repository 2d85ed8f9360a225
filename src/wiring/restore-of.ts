import * as z from 'zod/mini';
import { controlPlaneInstances } from '../aws/control-plane-instances.ts';
import { groupProcesses } from '../aws/group-processes.ts';
import { s3RestoreJournal } from '../aws/s3-restore-journal.ts';
import { signedSnapshots } from '../aws/signed-snapshots.ts';
import { ssmNodeCommands } from '../aws/ssm-node-commands.ts';
import { stateMachineExecutions } from '../aws/state-machine-executions.ts';
import { RestoreNotPossible } from '../etcd/errors.ts';
import type { NodeFacts } from '../etcd/restore-ports.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { describedEtcd } from './etcd-of.ts';
import { joinKeyOf } from './join-key.ts';

const facts = {
  etcd: z.boolean(),
  apiServer: z.boolean(),
  fenced: z.boolean(),
  restored: z.boolean(),
  name: z.string(),
  image: z.string(),
  dataDir: z.string(),
  peerUrl: z.string(),
  clientUrl: z.string(),
  etcdutl: z.string(),
  crictl: z.boolean(),
  curl: z.boolean(),
  zstd: z.boolean(),
  aws: z.boolean(),
  freeBytes: z.number(),
};

const Facts = z.object(facts);

/** Commands that were sent to nodes, by instance. */
export const SentCommands = z.record(z.string(), z.string());

/** What control-plane nodes said of themselves. */
export const InspectedNodes = z.readonly(z.array(z.object({ instanceId: z.string(), ...facts })));

/** How far a step has come. */
export const StepTurn = z.object({
  done: z.boolean(),
  commands: SentCommands,
  waitingFor: z.readonly(z.array(z.string())),
});

/**
 * What steps of a restore work with. Each has its own role, and uses what that allows.
 * @throws ClusterNotFound, ClusterMisconfigured, EtcdNotDescribed, SettingMissing, RestoreNotPossible for clusters elsewhere: our documents are not there
 */
export async function restoreOf(name: string, environment: Environment, now: () => Date) {
  const { registered } = await describedEtcd(name, environment);
  const { aws, home, elsewhere } = registered;
  if (elsewhere)
    throw new RestoreNotPossible(
      `Cluster ${name} is in another account or region than Tender; its etcd is restored by hand: docs/etcd.md.`,
    );
  const executions = stateMachineExecutions(home);
  const controlPlane = controlPlaneInstances(aws, name);
  return {
    registered,
    ports: {
      controlPlane,
      journal: s3RestoreJournal(home, setting(environment, 'STATE_BUCKET')),
      groups: groupProcesses(aws),
      work: { isRunning: async (arn: string) => (await executions.describe(arn))?.status === 'RUNNING' },
      factsIn,
      groupsOf: async (ids: readonly string[]) =>
        (await controlPlane.instances()).flatMap((one) => (ids.includes(one.instanceId) ? one.groupName : [])),
    },
    commands: () =>
      ssmNodeCommands(aws, {
        inspect: environment.INSPECT_DOCUMENT ?? '',
        restore: environment.RESTORE_DOCUMENT ?? '',
      }),
    door: () =>
      signedSnapshots(
        { home, bucket: setting(environment, 'SNAPSHOT_BUCKET') },
        { aws, keyId: joinKeyOf(registered, environment) },
        now,
      ),
  };
}

/** What a node printed, if it is what our document prints. */
function factsIn(output: string): NodeFacts | undefined {
  try {
    const parsed = z.safeParse(Facts, JSON.parse(output.trim()));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
