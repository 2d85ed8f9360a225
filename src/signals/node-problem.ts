import { type Fields, object, optionalText, text } from './fields.ts';
import type { Reading } from './signal.ts';

/** A cluster's name, as the registry has them. */
const CLUSTER = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads the event that a forwarder inside a cluster puts on the bus when an agent tells of a node: source `tender.health`, detail type `Node Problem`, and in its
 * detail the cluster. It asks for a health pass at once, which sees for itself; nothing is done for the event alone, so that nothing else of it is believed.
 * @throws MalformedSignal
 */
export function readNodeProblem(event: Fields): Reading {
  const cluster = text(object(event, 'detail'), 'cluster', CLUSTER);
  const [account, region] = [optionalText(event, 'account'), optionalText(event, 'region')];
  return { signals: [{ kind: 'node-problem', cluster, account, region }] };
}
