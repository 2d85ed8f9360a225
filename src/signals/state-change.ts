import { type Fields, object, text } from './fields.ts';
import { readInstance } from './instance-event.ts';
import type { InstanceSignal, Reading } from './signal.ts';

/** On their way there instances still answer, and whoever stopped or terminated them may have drained them; what is left is cleaned up after it. */
const kinds: Readonly<Record<string, InstanceSignal['kind']>> = {
  stopped: 'instance-stopped',
  terminated: 'instance-terminated',
};

/**
 * Reads EC2's event of an instance that went into another state. Only the two in which a Node is orphaned ask for work.
 * Shape: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
 * @throws MalformedSignal
 */
export function readStateChange(event: Fields): Reading {
  const state = text(object(event, 'detail'), 'state');
  const kind = kinds[state];
  return kind ? { signals: [{ kind, ...readInstance(event) }] } : { drop: `state ${state} asks for nothing` };
}
