import { type Fields, instanceIdForm, object, optionalText, text } from './fields.ts';
import type { InstanceSignal } from './signal.ts';

/**
 * What EC2's events about one instance have in common: whose it is, where, and what the event is known by when it comes again (S2).
 * @throws MalformedSignal
 */
export function readInstance(event: Fields): Omit<InstanceSignal, 'kind'> {
  return {
    instanceId: text(object(event, 'detail'), 'instance-id', instanceIdForm),
    reference: text(event, 'id'),
    account: optionalText(event, 'account'),
    region: optionalText(event, 'region'),
  };
}
