import type { Fields } from './fields.ts';
import { readInstance } from './instance-event.ts';
import type { Reading } from './signal.ts';

/**
 * Reads EC2's notice that a spot instance is at an elevated risk of interruption. It names no time; what it is worth, the cluster's policy says (S8).
 * Shape: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
 * @throws MalformedSignal
 */
export function readRebalanceRecommendation(event: Fields): Reading {
  return { signals: [{ kind: 'rebalance-recommendation', ...readInstance(event) }] };
}
