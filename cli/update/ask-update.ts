import { eksNodeGroups } from '../../src/aws/eks-node-groups.ts';
import { s3UpdateRecords } from '../../src/aws/s3-update-records.ts';
import { type Ask, askOfUpdate } from '../../src/updates/ask-of-update.ts';
import { rollsAtEks } from '../../src/updates/rolls-at-eks.ts';
import type { Deployment } from '../deployment.ts';
import { NoUpdateForThat } from '../errors.ts';
import type { CommandContext } from '../surroundings.ts';
import { beginUpdate } from './begin-update.ts';
import { groupIn, updateRoom } from './update-room.ts';

/** The record may be written by the execution at the same moment. */
const ATTEMPTS = 5;
const UNDER_WAY: ReadonlySet<string> = new Set(['running', 'waiting', 'stopped']);

/**
 * Asks something of an update that is under way, or has stopped: pause, resume, abort, or the way back.
 * @throws GroupNotThere, GroupNotNamed, NoUpdateForThat, ExecutionFailed where it is refused, and what AWS throws
 */
export async function askUpdate(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  what: Ask,
  { group, reason }: { readonly group?: string; readonly reason: string },
): Promise<void> {
  const room = await updateRoom(deployment, cluster);
  const candidates = room.records.filter(({ status }) => UNDER_WAY.has(status)).map(({ groupName }) => groupName);
  const groupName = groupIn(room, group, candidates);
  const records = s3UpdateRecords(room.registered.home, room.bucket);
  const eks = eksNodeGroups(room.registered.aws);
  const by = context.environment.USER ?? 'somebody';
  for (let attempt = 1; ; attempt += 1) {
    const found = await records.read(cluster, groupName);
    const rolls = found !== undefined && what !== 'resume' && (await rollsAtEks(found.record, eks));
    const answer = askOfUpdate(found?.record, what, { by, at: context.now().toISOString(), reason }, rolls);
    if (answer.kind === 'refuse') throw new NoUpdateForThat(groupName, answer.why);
    if (answer.kind === 'start') {
      const input = { cluster, groupName, reason, by, ...answer.input };
      return beginUpdate(context, deployment, room, input);
    }
    if ((await records.write(answer.record, found?.etag)) !== 'conflict') {
      if (answer.record.endedAt !== '' && found?.record.endedAt === '') await records.keep(answer.record);
      context.err.write(`${what} of ${groupName}: ${answer.words}\n`);
      return;
    }
    if (attempt >= ATTEMPTS)
      throw new NoUpdateForThat(groupName, 'its record is written by somebody else all the time');
  }
}
