import { autoScalingGroups } from '../aws/auto-scaling-groups.ts';
import { clusterTag } from '../signals/names.ts';
import type { GroupDirectory } from '../signals/ports.ts';
import type { SignalPlaces } from './signal-places.ts';

/** Finds groups where events come from. */
export function groupDirectory(places: SignalPlaces): GroupDirectory {
  return {
    async find(groupName, origin) {
      const there = await places.ask(origin, (aws) => autoScalingGroups(aws).tags(groupName));
      if (!there?.found || !there.believes(there.found[clusterTag])) return undefined;
      return { tags: there.found, elsewhere: there.elsewhere };
    },
  };
}
