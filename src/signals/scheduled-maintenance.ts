import { MalformedSignal } from './errors.ts';
import { type Fields, instanceIdForm, isFields, object, optionalText, text, time } from './fields.ts';
import type { InstanceSignal, Reading } from './signal.ts';

/** AWS Health writes again when maintenance is over or called off. */
const OVER = 'closed';
/** The status of an entity that is done with: it was moved, stopped or terminated meanwhile. */
const RESOLVED = 'RESOLVED';

/**
 * Reads AWS Health's event of maintenance that is scheduled for instances: one signal for each, to be done before it starts (S8).
 *
 * The same maintenance comes several times: once more for each update, in pages of affected entities, and in the backup region as well. The event's
 * ARN and the start stay the same, and maintenance that was moved to another time is another signal.
 * Shape: https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
 * @throws MalformedSignal
 */
export function readScheduledMaintenance(event: Fields): Reading {
  const detail = object(event, 'detail');
  const [service, category] = [text(detail, 'service'), text(detail, 'eventTypeCategory')];
  if (service !== 'EC2' || category !== 'scheduledChange') return { drop: `a health event: ${service} ${category}` };
  if (optionalText(detail, 'statusCode') === OVER) return { drop: 'scheduled maintenance that is over' };
  const signals = affectedInstances(detail).map((instanceId) => ({ instanceId, ...readMaintenance(event, detail) }));
  return signals.length > 0 ? { signals } : { drop: 'scheduled maintenance of nothing that is an instance' };
}

function readMaintenance(event: Fields, detail: Fields): Omit<InstanceSignal, 'instanceId'> {
  const deadline = new Date(time(detail, 'startTime')).toISOString();
  return {
    kind: 'scheduled-maintenance',
    reference: `${text(detail, 'eventArn')} ${deadline}`,
    deadline,
    // The event's own account and region are those that it was sent to: the organization's, or the backup region.
    account: optionalText(detail, 'affectedAccount') ?? optionalText(event, 'account'),
    region: optionalText(detail, 'eventRegion') ?? optionalText(event, 'region'),
  };
}

function affectedInstances({ affectedEntities }: Fields): readonly string[] {
  if (!Array.isArray(affectedEntities)) throw new MalformedSignal('it has no affectedEntities');
  const open = affectedEntities.filter((entity) => !isFields(entity) || entity.status !== RESOLVED);
  const values = open.map((entity) => {
    if (!isFields(entity)) throw new MalformedSignal('an affected entity is not an object');
    return text(entity, 'entityValue');
  });
  return [...new Set(values.filter((value) => instanceIdForm.test(value)))];
}
