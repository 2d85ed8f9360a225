import type { Groups, Membership } from './ports.ts';

/** So long the event of a hook stands for what Auto Scaling would say: its shortest heartbeat timeout is half a minute, and the first heartbeat keeps it alive. */
const EVENT_STANDS_MS = 120_000;

/** What an event says of the hook at which an instance waits. */
export interface HookEvent {
  readonly instanceId: string;
  /** Empty when no event of a hook told it. */
  readonly hookGroup: string;
  /** Since when the hook waits; empty when nobody said. ISO 8601. */
  readonly hookSince: string;
}

/**
 * What Auto Scaling says of an instance. Where it is asked too often to answer, as by a thousand hooks at once (S37), the young event of a hook says it as well:
 * the instance waits there to be let go.
 * @throws what Auto Scaling cannot be asked for, where no event stands for it
 */
export async function membershipOf(
  { instanceId, hookGroup, hookSince }: HookEvent,
  groups: Pick<Groups, 'memberships'>,
  now: Date,
): Promise<Membership | undefined> {
  const stands = eventStands(hookSince, now) && hookGroup !== '';
  try {
    return (await groups.memberships([instanceId], { once: stands })).get(instanceId);
  } catch (error) {
    if (!isThrottled(error) || !stands) throw error;
    return { instanceId, groupName: hookGroup, lifecycleState: 'Terminating:Wait' };
  }
}

/** Whether the event of a hook is young enough to stand for what Auto Scaling does not say, or does not show yet. One that nobody dated is not. */
export function eventStands(hookSince: string, now: Date): boolean {
  return hookSince !== '' && now.getTime() - Date.parse(hookSince) <= EVENT_STANDS_MS;
}

function isThrottled(error: unknown): boolean {
  return error instanceof Error && error.name === 'AwsThrottled';
}
