import { autoScalingGroups } from '../aws/auto-scaling-groups.ts';
import type { AwsAccess } from '../aws/aws-access.ts';
import { clusterTag } from '../signals/names.ts';
import type { GroupDirectory, GroupEntry, GroupMemory, Origin } from '../signals/ports.ts';
import type { SignalPlaces } from './signal-places.ts';

type Tags = Readonly<Record<string, string>>;

/** Finds groups where events come from. Those of clusters are remembered for whoever asks next. */
export function groupDirectory(places: Pick<SignalPlaces, 'ask'>, memory: GroupMemory): GroupDirectory {
  const believed = async (
    origin: Origin,
    question: (aws: AwsAccess, place: string) => Promise<Tags | undefined>,
  ): Promise<GroupEntry | undefined> => {
    const there = await places.ask(origin, question);
    if (!there?.found || !there.believes(there.found[clusterTag])) return undefined;
    return { tags: there.found, elsewhere: there.elsewhere };
  };
  return {
    recall: (groupName, origin) => believed(origin, (_aws, place) => memory.recall(place, groupName)),
    find: (groupName, origin) =>
      believed(origin, async (aws, place) => {
        const tags = await autoScalingGroups(aws).tags(groupName);
        if (tags?.[clusterTag] !== undefined) await memory.remember(place, groupName, tags);
        return tags;
      }),
  };
}
