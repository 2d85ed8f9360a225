import type { World } from '../../world/world.ts';
import type { CoreEvent, KubeObject } from '../api/objects.ts';
import { timeText } from '../api/objects.ts';
import type { Store } from '../api/store.ts';

/** What every controller works with. */
export interface ControllerContext {
  readonly world: World;
  readonly store: Store;
  /** Writes to the world's log, with the cluster as the source. */
  readonly log: (event: string, details: Record<string, unknown>) => void;
}

/** Puts an Event about an object; the same event again raises its count. */
export function recordEvent(
  { store, world }: ControllerContext,
  component: string,
  about: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  const now = timeText(world.now());
  const { name, uid = '', resourceVersion = '' } = about.metadata;
  const namespace = about.metadata.namespace ?? 'default';
  const eventName = `${name}.${reason.toLowerCase()}.${hash(`${component}${message}`)}`;
  const counted = store.change<CoreEvent>('events', eventName, namespace, (event) => {
    event.count = (event.count ?? 1) + 1;
    event.lastTimestamp = now;
  });
  if (counted) return;
  store.create<CoreEvent>('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace },
    involvedObject: {
      kind: about.kind,
      apiVersion: about.apiVersion,
      name,
      // The node's events carry its name as uid, as the kubelet and the node lifecycle controller write them.
      uid: about.kind === 'Node' ? name : uid,
      resourceVersion,
      ...(about.metadata.namespace !== undefined && { namespace: about.metadata.namespace }),
    },
    reason,
    message,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
    firstTimestamp: now,
    lastTimestamp: now,
    eventTime: null,
    count: 1,
    type,
  });
}

/** Sixteen hexadecimal digits of a text, for names of events (FNV-1a, 64 bit). */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) value = ((value ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return value.toString(16).padStart(16, '0');
}
