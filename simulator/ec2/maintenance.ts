import type { InstanceStatusEvent } from '@aws-sdk/client-ec2';
import type { EventSink } from '../cloud/ports.ts';
import type { World } from '../world/world.ts';
import type { InstanceRecord } from './instance-record.ts';

/** What AWS does to an instance at the start of its maintenance. A retired instance with an EBS root volume, as all here have, is stopped. */
export type MaintenanceKind = 'retirement' | 'stop' | 'reboot';

/** Codes: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instances-status-check_sched.html */
const kinds = {
  retirement: {
    code: 'instance-retirement',
    eventTypeCode: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED',
    description: 'The instance is running on degraded hardware',
  },
  stop: {
    code: 'instance-stop',
    eventTypeCode: 'AWS_EC2_INSTANCE_STOP_SCHEDULED',
    description: 'The instance is running on degraded hardware',
  },
  reboot: {
    code: 'system-reboot',
    eventTypeCode: 'AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED',
    description: 'The instance is scheduled for a reboot',
  },
} as const;

const SCHEDULED_STOP = {
  code: 'Server.ScheduledStop',
  message: 'Server.ScheduledStop: Stopped due to a scheduled retirement',
};

/** What maintenance needs of the instances. */
interface Ground {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly events: EventSink;
  stop(instance: InstanceRecord, reason: typeof SCHEDULED_STOP): void;
  reboot(instance: InstanceRecord): void;
}

/** One round of maintenance, of one or more instances. */
interface Round {
  readonly kind: MaintenanceKind;
  readonly eventArn: string;
  readonly startsAt: number;
  readonly affected: readonly { readonly instance: InstanceRecord; readonly launchTime: number }[];
}

/**
 * Announces maintenance as AWS Health does, and does it when it is due: only to instances that still run where they did. Whoever stops and starts
 * an instance moves it to another host. When it is over Health says so. Gives the event's ARN.
 */
export function scheduleMaintenance(
  ground: Ground,
  instances: readonly InstanceRecord[],
  { startsInMs, kind }: { readonly startsInMs: number; readonly kind: MaintenanceKind },
): string {
  const { world, region } = ground;
  const { eventTypeCode, code, description } = kinds[kind];
  const id = world.random.for('ec2:maintenance-id').hex(16);
  const round: Round = {
    kind,
    eventArn: `arn:aws:health:${region}::event/EC2/${eventTypeCode}/${eventTypeCode}_${id}`,
    startsAt: world.now() + startsInMs,
    affected: instances.map((instance) => ({ instance, launchTime: instance.launchTime })),
  };
  const NotBefore = new Date(round.startsAt);
  const event: InstanceStatusEvent = { InstanceEventId: `instance-event-0${id}`, Code: code, NotBefore };
  for (const instance of instances) {
    world.history.record('ec2', 'MaintenanceScheduled', { instanceId: instance.instanceId, kind });
    instance.scheduledEvents.push({ ...event, Description: description });
  }
  tell(ground, round, 'upcoming');
  world.afterInBackground(startsInMs, `maintenance of ${instances.length} instances`, () => start(ground, round));
  return round.eventArn;
}

function start(ground: Ground, round: Round): void {
  for (const { instance, launchTime } of round.affected) {
    const here = instance.state === 'running' && instance.launchTime === launchTime;
    const index = instance.scheduledEvents.findIndex(({ NotBefore }) => NotBefore?.getTime() === round.startsAt);
    const event = instance.scheduledEvents[index];
    if (event) event.Description = `[${here ? 'Completed' : 'Canceled'}] ${event.Description}`;
    if (here && round.kind === 'reboot') ground.reboot(instance);
    else if (here) ground.stop(instance, SCHEDULED_STOP);
  }
  tell(ground, round, 'closed');
}

// Shape: https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
function tell({ world, region, account, events }: Ground, round: Round, statusCode: 'upcoming' | 'closed'): void {
  const { eventTypeCode, description } = kinds[round.kind];
  const ids = round.affected.map(({ instance }) => instance.instanceId);
  const now = world.date().toUTCString();
  const startTime = new Date(round.startsAt).toUTCString();
  const status = statusCode === 'closed' ? 'RESOLVED' : 'PENDING';
  events.put({
    source: 'aws.health',
    detailType: 'AWS Health Event',
    detail: {
      eventArn: round.eventArn,
      service: 'EC2',
      eventTypeCode,
      eventTypeCategory: 'scheduledChange',
      eventScopeCode: 'ACCOUNT_SPECIFIC',
      communicationId: `${world.random.for('ec2:communication-id').hex(40)}-1`,
      startTime,
      endTime: startTime,
      lastUpdatedTime: now,
      statusCode,
      eventRegion: region,
      eventDescription: [{ language: 'en_US', latestDescription: description }],
      affectedEntities: ids.map((entityValue) => ({ entityValue, lastUpdatedTime: now, status })),
      affectedAccount: account,
      page: '1',
      totalPages: '1',
    },
    resources: ids,
  });
}
