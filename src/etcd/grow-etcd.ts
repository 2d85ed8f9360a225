import { firstAnswer, following, lookAtEach } from './ask-members.ts';
import { ownRestore } from './change-restore.ts';
import { RestoreStepFailed } from './errors.ts';
import type { StepOrder, StepTurn } from './fence-control-plane.ts';
import { mixedClusters } from './healthy-voters.ts';
import { nextGrowth } from './next-growth.ts';
import type { NodeCommands, RestorableMember, Restore, RestoreJournal, SentCommands } from './restore-ports.ts';
import { turnOnNodes } from './turn-on-nodes.ts';

interface GrowPorts {
  readonly endpoints: readonly RestorableMember[];
  readonly commands: NodeCommands;
  readonly journal: RestoreJournal;
}

/** Etcd says so while it takes no new member yet, and while a learner is not in step: it is asked again. */
const NOT_YET = ['EtcdUnavailable', 'EtcdRefused'];

/**
 * One turn of growing the restored etcd to its full size: looks who is a member, and adds, starts or promotes one. Can run again, also by
 * another execution: what is a member is found a member.
 *
 * @throws RestoreStepFailed, RestoreUnderWay, and what the ports throw
 */
export async function growEtcd(
  { cluster, execution, commands: sent }: StepOrder,
  { endpoints, commands, journal }: GrowPorts,
): Promise<StepTurn> {
  const restore = await ownRestore(journal, cluster, execution);
  const waiting = (what: string, now: SentCommands = sent): StepTurn => ({
    done: false,
    commands: now,
    waitingFor: [what],
  });
  const seen = await lookAtEach(endpoints);
  assertRestored(
    restore,
    seen.flatMap(({ status }) => status?.clusterId ?? []),
    mixedClusters(seen),
  );
  const led = following(endpoints, seen);
  const [leader] = led;
  if (!leader) return waiting('a leader of the restored etcd');
  const growth = nextGrowth(nodesOf(restore), await firstAnswer(led, (member) => member.members({ confirmed: true })));
  switch (growth.kind) {
    case 'done':
      return { done: true, commands: sent, waitingFor: [] };
    case 'add':
      return waiting(
        (await attempt(() => leader.addMember([growth.node.peerUrl], { asLearner: true }))) ?? growth.node.instanceId,
      );
    case 'join': {
      const { instanceId } = growth.node;
      const parameters = { step: 'join', restoreId: restore.id, initialCluster: growth.initialCluster };
      const turn = await turnOnNodes('join', [instanceId], sent, commands, (id) =>
        commands.send('restore', id, parameters),
      );
      if (turn.unreached.length > 0) throw new RestoreStepFailed('join', [`${instanceId} takes no commands any more`]);
      if (turn.waitingFor.length > 0) return waiting(instanceId, turn.commands);
      return waiting((await attempt(() => leader.promoteMember(growth.memberId))) ?? instanceId, turn.commands);
    }
  }
}

/** The first one first: it is a member from the beginning. Those that were switched off are none. */
export function nodesOf({ nodes, first, stopped }: Restore): Restore['nodes'] {
  const left = nodes.filter(({ instanceId }) => !stopped.includes(instanceId));
  return [
    ...left.filter(({ instanceId }) => instanceId === first),
    ...left.filter(({ instanceId }) => instanceId !== first),
  ];
}

function assertRestored({ snapshot }: Restore, answering: readonly string[], mixed: readonly string[]): void {
  if (mixed.length > 0) throw new RestoreStepFailed('grow', mixed);
  if (answering.includes(snapshot.etcdClusterId))
    throw new RestoreStepFailed('grow', [
      `the etcd that answers is still ${snapshot.etcdClusterId}, from before the restore`,
    ]);
}

async function attempt(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Error && NOT_YET.includes(error.name)) return error.message;
    throw error;
  }
}
