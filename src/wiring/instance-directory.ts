import { managedInstances } from '../aws/managed-instances.ts';
import type { InstanceDirectory } from '../signals/ports.ts';
import type { SignalPlaces } from './signal-places.ts';

/** Finds instances where events come from. */
export function instanceDirectory(places: Pick<SignalPlaces, 'ask'>): InstanceDirectory {
  return {
    async find(instanceIds, origin) {
      const there = await places.ask(origin, (aws) => managedInstances(aws, instanceIds));
      const entries = [...(there?.found ?? [])].filter(({ cluster }) => there?.believes(cluster));
      return new Map(entries.map((entry) => [entry.instanceId, entry]));
    },
  };
}
